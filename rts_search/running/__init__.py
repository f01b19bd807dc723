"""The second door through which Ray enters: searcher, scheduler and the run of a sweep on Ray Tune."""
