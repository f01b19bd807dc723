"""Error rates of the verdict of tuned arms: how often equal methods are called different, and unequal ones are found.

Simulates 400 sweeps for each setting: two methods are tuned over 24 trials each, screened, measured and judged.
"""

from benchmarks.arms.measurement import main

__all__ = ["main"]
