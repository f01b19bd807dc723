"""Measurements against named opponents in the same run: `python -m benchmarks epoch`."""
