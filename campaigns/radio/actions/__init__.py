"""Writes of radio, by subject: shows and stations, their slots, episodes, scripts, the log."""
