"""The settings of one trial, and the schedules and switch rules that are computed from them. Does not load torch."""
