"""Providers that report over the web what came back: each proves who it is in its own way, then tells its events."""
