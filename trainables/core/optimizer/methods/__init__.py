"""What a step computes in each phase. A new method is one file in this folder and its line in METHODS."""

import types
from collections.abc import Mapping

from trainables.core.optimizer.methods.amp import Amp
from trainables.core.optimizer.methods.asam import Asam
from trainables.core.optimizer.methods.friendly_sam import FriendlySam
from trainables.core.optimizer.methods.gsam import Gsam
from trainables.core.optimizer.methods.looksam import REUSING, LookSam, Reusing
from trainables.core.optimizer.methods.method import Method
from trainables.core.optimizer.methods.path_sgd import PathSgd
from trainables.core.optimizer.methods.pugd import Pugd
from trainables.core.optimizer.methods.sam import Sam

__all__ = ["FORMULAS", "METHODS", "Method"]

METHODS: Mapping[str, Method] = types.MappingProxyType(
    {
        "sgd": Method(),
        "pugd": Pugd(),
        "sam": Sam(),
        "asam": Asam(),
        "amp": Amp(),
        "looksam": LookSam(),
        "gsam": Gsam(),
        "friendly_sam": FriendlySam(),
        "path_sgd": PathSgd(),
    }
)
"""Phase -> its formulas."""
FORMULAS: Mapping[str, Method] = types.MappingProxyType({**METHODS, REUSING: Reusing()})
"""The same for the phases of single steps, some of which occur between the perturbed steps of a method."""
