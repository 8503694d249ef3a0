"""Newsletters: blocks, themes, rendering, preview, launch and archive. Hands runs to delivery; knows no SMTP."""
