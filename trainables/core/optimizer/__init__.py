"""PUGD with radius and scale as a torch optimizer, and the implementations of its step."""

from trainables.core.optimizer.pugd import PUGD

__all__ = ["PUGD"]
