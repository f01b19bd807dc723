"""Where every random number comes from: seeds derived by name, so that no generator's state needs saving.

torch is loaded by the functions that need it, because splits and sweep files derive seeds without it.
"""

import hashlib
import json
import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def derive_seed(*parts: int | str) -> int:
    """Hash the parts, in order and with their types, into one seed in [0, 2**63)."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def generator(*parts: int | str) -> "torch.Generator":
    """A fresh CPU generator seeded by the parts."""
    import torch

    return torch.Generator().manual_seed(derive_seed(*parts))


def seed_everything(*parts: int | str) -> None:
    """Seed torch (CPU and every GPU), NumPy's global generator and `random` by the parts."""
    import torch

    seed = derive_seed(*parts)
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
