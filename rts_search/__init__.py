"""The service: sweep files, the study, tuning on Ray, tables, export, the command line and, for notebooks, `Sweep`."""

from rts_search.notebook import Sweep

__all__ = ["Sweep"]
