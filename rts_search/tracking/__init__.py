"""What happens in a sweep, told to the experiment trackers that its file names."""

from rts_search.tracking.tracked import TRACKERS, Tracked, check_trackers

__all__ = ["TRACKERS", "Tracked", "check_trackers"]
