"""The loss that is trained: cross-entropy with label smoothing and weights of the classes."""

import torch
from torch import Tensor
from torch.nn import functional

from trainables.core.settings.config import TrainingConfig
from trainables.core.training.loss import mean_loss


class Criterion:
    """The loss of a mini-batch. Its arguments are those of `mean_loss`."""

    def __init__(self, training: TrainingConfig, labels: Tensor, classes: int) -> None:
        """labels: int64 (n,), those of the training part, on the device of the training."""
        self._smoothing = training.label_smoothing
        self._weights = balanced_weights(labels, classes) if training.class_weights == "balanced" else None
        self.plain = self._smoothing == 0.0 and self._weights is None
        """Whether the loss is the plain mean cross-entropy."""

    def __call__(
        self, logits: Tensor, labels: Tensor, partners: Tensor | None = None, shares: Tensor | None = None
    ) -> Tensor:
        """Return the loss: torch's cross_entropy with label_smoothing and weight.

        For mixed images it is the sum of share * CE(label) + (1 - share) * CE(partner's label), divided by the sum of
        share * weight(label) + (1 - share) * weight(partner's label).
        """
        if self.plain:
            return mean_loss(logits, labels, partners, shares)
        if partners is None or shares is None:
            return functional.cross_entropy(logits, labels, self._weights, label_smoothing=self._smoothing)
        own, other = (
            functional.cross_entropy(logits, wanted, self._weights, reduction="none", label_smoothing=self._smoothing)
            for wanted in (labels, partners)
        )
        return (shares * own + (1.0 - shares) * other).sum() / self._weight(labels, partners, shares)

    def share(self, part: list[Tensor], whole: tuple[Tensor, ...]) -> float | Tensor:
        """The part of a mini-batch's loss that one of its micro-batches has. Both are labels, partners and shares."""
        if self._weights is None:
            return len(part[0]) / len(whole[0])
        return self._weight(*part) / self._weight(*whole)

    def _weight(self, labels: Tensor, partners: Tensor | None = None, shares: Tensor | None = None) -> Tensor:
        """The sum of the weights of some images."""
        if self._weights is None:
            return torch.tensor(float(len(labels)), device=labels.device)
        own = self._weights[labels]
        return own.sum() if partners is None or shares is None else own.lerp(self._weights[partners], 1 - shares).sum()


def balanced_weights(labels: Tensor, classes: int) -> Tensor:
    """Return the weight n / (k * n_c) of each class, float32 (classes,): n images, k classes that have images, n_c of
    them in class c. A class without images gets 0. Over all images, the mean weight is 1."""
    counts = torch.bincount(labels, minlength=classes).to(torch.float32)
    present = counts > 0
    return torch.where(present, len(labels) / (present.sum() * counts.clamp(min=1.0)), 0.0)
