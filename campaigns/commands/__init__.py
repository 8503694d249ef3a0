"""The longer commands behind run.py, a module for each domain: `run(arguments)` gives the exit code."""
