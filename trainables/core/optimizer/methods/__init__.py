"""What a step computes in each phase. A new method is one file in this folder and its line in METHODS."""

import types
from collections.abc import Mapping

from trainables.core.optimizer.methods.amp import Amp
from trainables.core.optimizer.methods.asam import Asam
from trainables.core.optimizer.methods.method import Method
from trainables.core.optimizer.methods.pugd import Pugd
from trainables.core.optimizer.methods.sam import Sam

__all__ = ["METHODS", "Method"]

METHODS: Mapping[str, Method] = types.MappingProxyType(
    {"sgd": Method(), "pugd": Pugd(), "sam": Sam(), "asam": Asam(), "amp": Amp()}
)
"""Phase -> its formulas."""
