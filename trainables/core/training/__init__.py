"""Training one trial: the loop over its epochs, and what feeds it with batches."""

from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial

__all__ = ["EpochOutcome", "StatePolicy", "Trial"]
