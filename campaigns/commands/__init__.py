"""The functions behind the commands of `cli.py`, a module per domain."""
