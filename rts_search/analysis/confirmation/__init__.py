"""Confirming what a sweep has found: the top configs and the baselines at equal cost, on seeds of their own."""
