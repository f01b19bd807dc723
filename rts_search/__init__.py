"""Hyperparameter search for the PUGD-RTS optimizer on Ray Tune; `Sweep` shows a sweep's results in a notebook."""

from rts_search.notebook import Sweep

__all__ = ["Sweep"]
