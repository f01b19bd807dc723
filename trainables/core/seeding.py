"""Seeds for all random numbers, each derived from a name, so that checkpoints need no state of a random generator.

Only the functions that need torch load it: splits and sweep files derive seeds without it.
"""

import hashlib
import json
import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def derive_seed(*parts: int | str) -> int:
    """Hash the parts into one seed in [0, 2**63). Their order and their types count: 1 and "1" give other seeds."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def generator(*parts: int | str) -> "torch.Generator":
    """Return a new CPU generator, seeded with `derive_seed(*parts)`."""
    import torch

    return torch.Generator().manual_seed(derive_seed(*parts))


def seed_everything(*parts: int | str) -> None:
    """Seed torch (CPU and every GPU), NumPy's global generator and `random` with `derive_seed(*parts)`."""
    import torch

    seed = derive_seed(*parts)
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
