"""Which parameters have weight decay: those of more than one dimension."""

import torch

from trainables.core.models.decay import without_decay_of_vectors


def test_vectors_lose_their_decay_and_keep_the_other_settings_of_their_group() -> None:
    named = [("conv.weight", torch.zeros(2, 2)), ("conv.bias", torch.zeros(2)), ("norm.weight", torch.zeros(2))]
    matrices, vectors = without_decay_of_vectors([{"params": named, "lr_factor": 3.0}])
    assert matrices == {"params": named[:1], "lr_factor": 3.0}
    assert vectors == {"params": named[1:], "lr_factor": 3.0, "weight_decay": 0.0}
