"""Writes of news."""
