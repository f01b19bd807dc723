"""Confirmed sweeps over several data sets and models in one table, and what they establish together."""
