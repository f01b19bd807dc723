"""The optimizer of a trial: the parameters in groups, over the base update that the settings name."""

from torch import nn

from trainables.core.models.decay import without_decay_of_vectors
from trainables.core.models.pretrained import parameter_groups
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import TrainingConfig


def optimizer_of(model: nn.Module, training: TrainingConfig) -> PUGD:
    """Return the optimizer of a model. Phase, radius, scale and learning rates are set epoch by epoch."""
    groups, base = parameter_groups(model, training.head_lr_factor), training.optimizer
    given = {"nesterov": base.nesterov, "betas": base.betas, "eps": base.eps}
    return PUGD(
        groups if base.decay_norm_and_bias else without_decay_of_vectors(groups),
        lr=training.lr,
        momentum=training.momentum if base.name == "sgd" else 0.0,
        weight_decay=training.weight_decay,
        step=training.step,
        base=base.name,
        **{name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
    )
