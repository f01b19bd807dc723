"""The settings of one trial: frozen, typed, and checked once, when they are made."""

from dataclasses import dataclass, field

from trainables.core.settings.augmentation_config import (
    AugmentationConfig,
    ColorJitterConfig,
    GammaConfig,
    RandAugmentConfig,
    RandomErasingConfig,
    RandomResizedCropConfig,
)
from trainables.core.settings.bsconv_config import BSCONVS, BsconvConfig
from trainables.core.settings.dataset_config import DatasetConfig
from trainables.core.settings.lr_schedule_config import LR_SCHEDULE_PARAMETERS, LR_SCHEDULES, LrScheduleConfig
from trainables.core.settings.model_config import DEFAULT_WEIGHTS, ModelConfig
from trainables.core.settings.optimizer_config import OPTIMIZER_PARAMETERS, OptimizerConfig
from trainables.core.settings.perturbation_config import PERTURBATION_PARAMETERS, PerturbationConfig
from trainables.core.settings.scale_config import ScaleConfig
from trainables.core.settings.schedule_config import ORIGINS, SHAPE_PARAMETERS, ScheduleConfig
from trainables.core.settings.section import Section, require
from trainables.core.settings.timing_config import RULE_PARAMETERS, TimingConfig
from trainables.core.settings.training_config import (
    AUTO,
    AUTO_STEP,
    BN_STATS,
    MEMORY_FORMATS,
    PRECISIONS,
    SHUFFLES,
    STEPS,
    TrainingConfig,
)

__all__ = [
    "AUTO",
    "AUTO_STEP",
    "BN_STATS",
    "BSCONVS",
    "DEFAULT_WEIGHTS",
    "LR_SCHEDULES",
    "LR_SCHEDULE_PARAMETERS",
    "MEMORY_FORMATS",
    "OPTIMIZER_PARAMETERS",
    "ORIGINS",
    "PERTURBATION_PARAMETERS",
    "PRECISIONS",
    "RULE_PARAMETERS",
    "SHAPE_PARAMETERS",
    "SHUFFLES",
    "STEPS",
    "AugmentationConfig",
    "BsconvConfig",
    "ColorJitterConfig",
    "DatasetConfig",
    "GammaConfig",
    "LrScheduleConfig",
    "ModelConfig",
    "OptimizerConfig",
    "PerturbationConfig",
    "RandAugmentConfig",
    "RandomErasingConfig",
    "RandomResizedCropConfig",
    "ScaleConfig",
    "ScheduleConfig",
    "TimingConfig",
    "TrainingConfig",
    "TrialConfig",
]


@dataclass(frozen=True)
class TrialConfig(Section):
    """All settings of one trial. Plain SGD, NGD and PUGD are special cases: only their radius and timing differ."""

    dataset: DatasetConfig
    """The images and their split."""
    model: ModelConfig
    """The classifier."""
    training: TrainingConfig
    """Epochs, batch size, learning rate and the rest of the training."""
    radius: ScheduleConfig = field(default_factory=lambda: ScheduleConfig(value=1.0))
    """The perturbation radius over the epochs. Default: 1, as in plain PUGD."""
    scale: ScaleConfig = field(default_factory=lambda: ScaleConfig(value=1.0))
    """The weight of the unperturbed gradient over the epochs or steps. Default: 1, as in plain PUGD."""
    timing: TimingConfig = field(default_factory=lambda: TimingConfig(switch_epoch=0))
    """When PUGD starts. Default: in epoch 0."""
    perturbation: PerturbationConfig = field(default_factory=PerturbationConfig)
    """The method that perturbs the weights. Default: pugd."""

    def __post_init__(self) -> None:
        # Addresses, tables and exports record the step that was computed, even if auto means another one later.
        object.__setattr__(self, "training", self.training.settled())
        epochs = self.training.epochs
        for name in ("switch_epoch", "stop_epoch"):
            epoch = getattr(self.timing, name)
            require(epoch is None or epoch <= epochs, f"timing.{name}", f"must be <= training.epochs ({epochs})", epoch)
