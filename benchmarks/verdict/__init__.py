"""How often `confirm` claims what is not so, and finds what is, in sweeps drawn at random."""

from benchmarks.verdict.measurement import main

__all__ = ["main"]
