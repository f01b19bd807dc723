"""Sweeps to look at, to keep and to print: reports and comparisons."""
