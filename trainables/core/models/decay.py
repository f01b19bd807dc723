"""Which parameters of a model have weight decay."""

from typing import Any


def without_decay_of_vectors(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Split each group of named parameters in two: those with weight decay, and those of at most one dimension without.

    The latter are biases, weights of normalisation layers, scales of layers and single tokens of one dimension.
    """
    split = []
    for group in groups:
        matrices = [(name, p) for name, p in group["params"] if p.ndim > 1]
        vectors = [(name, p) for name, p in group["params"] if p.ndim <= 1]
        split += [{**group, "params": matrices}] if matrices else []
        split += [{**group, "params": vectors, "weight_decay": 0.0}] if vectors else []
    return split
