"""Train one trial: the loop over its epochs, the engine that trains one epoch, and the batches."""

from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial

__all__ = ["EpochOutcome", "StatePolicy", "Trial"]
