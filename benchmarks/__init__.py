"""Measurements of speed and of statistics. `python -m benchmarks --help` lists them."""
