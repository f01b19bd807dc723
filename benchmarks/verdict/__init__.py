"""Error rates of `rts-search confirm`: how often it claims a false gain and finds a true one, in simulated sweeps.

Draws 4,000 sweeps for each setting and applies the rule of `confirm` and an earlier rule to them.
"""

from benchmarks.verdict.measurement import main

__all__ = ["main"]
