"""Sweeps played on recorded curves instead of training."""
