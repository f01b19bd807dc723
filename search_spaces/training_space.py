"""The space of the training: a domain for each setting of `training` that can be searched."""

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from search_spaces.made_spaces import Maker, Selector
from search_spaces.section_space import SectionSpace
from trainables.core.settings.config import (
    BN_STATS,
    LR_SCHEDULE_PARAMETERS,
    OPTIMIZER_PARAMETERS,
    LrScheduleConfig,
    OptimizerConfig,
    TrainingConfig,
)
from trainables.core.settings.section import Section
from trainables.core.settings.training_config import CLASS_WEIGHTS

NOT_SEARCHED: Mapping[str, str] = types.MappingProxyType(
    {
        "epochs": "it is the length of every trial, so that trials can be compared",
        "seed": "it is no choice: confirm trains on several seeds",
        "step": "it changes the speed, and the numbers only by rounding",
        "precision": "it changes the speed, and the numbers only by rounding",
        "shuffle": "it changes the speed of reading images",
        "memory_format": "it changes the speed, and the numbers only by rounding",
    }
)
"""Setting of `training` that no space can draw -> why not."""
NAMES: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {"bn_stats": BN_STATS, "class_weights": CLASS_WEIGHTS, "horizontal_flip": ("alternating",)}
)
"""Setting -> the names of its values, which editors offer."""

SELECTORS: Mapping[type[Section], Selector] = types.MappingProxyType(
    {LrScheduleConfig: ("name", LR_SCHEDULE_PARAMETERS), OptimizerConfig: ("name", OPTIMIZER_PARAMETERS)}
)
"""Section inside `training` -> the setting that decides which of its others are used, and which these are."""

if TYPE_CHECKING:
    TrainingSpace: TypeAlias = SectionSpace
else:
    TrainingSpace = Maker(SELECTORS, NAMES, {TrainingConfig: NOT_SEARCHED}).space_of(TrainingConfig, "training")
