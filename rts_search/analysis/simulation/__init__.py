"""Simulating sweeps on recorded learning curves instead of training."""
