"""What `model.bsconv` is called in the address of an epoch. Loads no torch."""

import re

from trainables.core.models.catalogue import TIMM, TORCHVISION
from trainables.core.settings.config import ModelConfig

BLOCKS = 2
"""Raise it whenever other layers of depthwise separable blocks or inverted residuals change."""
_FAMILIES = (
    *("mobilenet", "efficientnet(?!_?v2)", "mnasnet", "semnasnet", "spnasnet", "fbnet", "hardcorenas", "tinynet"),
    *("rexnet", "xception", "shufflenet", "efficientvit", "ese_vovnet", "fastvit", "maxvit", "maxxvit", "mobilevit"),
)
_WITH_BLOCKS = re.compile(rf"({TORCHVISION}|{TIMM})(\w+_)?({'|'.join(_FAMILIES)})")
"""Names of library models of which the first versions replaced the stem alone."""


def bsconv_identity(config: ModelConfig) -> str | dict[str, object] | None:
    """Return what stands for `bsconv` in the address; None for a model with its own convolutions.

    It is the kind alone, as in earlier versions, where the numbers are the default ones. Models with blocks, of which
    earlier versions replaced the stem alone, have another address than then.
    """
    settings = config.separable
    if settings is None:
        return None
    numbers = {} if settings.is_default else {"p": settings.share, "alpha": settings.penalty}
    blocks = {"blocks": BLOCKS} if _WITH_BLOCKS.match(config.name) else {}
    return {"kind": settings.kind, **numbers, **blocks} if numbers or blocks else settings.kind
