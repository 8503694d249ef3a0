"""Comparisons, side by side in one run: `python3 run.py bench NAME`. Ratios count; figures are this machine's."""
