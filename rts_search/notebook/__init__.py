"""`Sweep` and `Trial`: sweeps in notebooks and scripts. What is heavy is imported when a method needs it."""

from rts_search.notebook.sweep import Sweep
from rts_search.notebook.trial import Trial

__all__ = ["Sweep", "Trial"]
