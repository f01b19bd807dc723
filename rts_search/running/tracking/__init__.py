"""Report the progress of a sweep to the experiment trackers that its sweep file names."""

from rts_search.running.tracking.tracked import TRACKERS, Tracked, require_trackers

__all__ = ["TRACKERS", "Tracked", "require_trackers"]
