"""What happens in a sweep, told to the experiment trackers that its file names."""

from rts_search.running.tracking.tracked import TRACKERS, Tracked

__all__ = ["TRACKERS", "Tracked"]
