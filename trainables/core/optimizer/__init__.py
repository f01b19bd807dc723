"""PUGD with radius and scale as a torch optimizer, and the ways in which its step is computed."""

from trainables.core.optimizer.pugd import PUGD

__all__ = ["PUGD"]
