"""Confirming the result of a sweep: its best configs against the baselines, at equal cost and on new seeds."""
