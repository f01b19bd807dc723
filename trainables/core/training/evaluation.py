"""The values of an evaluation, from the counts that one pass over the images collects on the device."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from trainables.core.settings.metrics import METRICS

TOP = 5
"""Number of classes of which one must be right for `top5_acc`."""


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation of a part of the data found."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share of images classified correctly, in [0, 1]."""
    balanced_accuracy: float
    """Mean over the classes that the part has of the share of their images classified correctly, in [0, 1] (Brodersen
    et al. 2010, "The balanced accuracy and its posterior distribution")."""
    macro_f1: float
    """Mean over the classes that are in the part or were predicted of F1 = 2 TP / (2 TP + FP + FN), in [0, 1]."""
    top5_acc: float | None
    """Share of images whose class is among the 5 with the highest logits, in [0, 1]; None with fewer than 5 classes."""

    def value(self, metric: str) -> float | None:
        """The value of a metric by its name in `objective.metric`."""
        own = {"val_acc": self.accuracy, "val_loss": self.loss}
        return own[metric] if metric in own else getattr(self, metric)

    def tests(self) -> dict[str, float]:
        """Name on the test part -> value, for every metric that has one."""
        values = {metric.test: self.value(metric.name) for metric in METRICS.values()}
        return {name: value for name, value in values.items() if value is not None}


class Counts:
    """Collects an evaluation batch by batch. Nothing is copied to the host before `found`, which waits once."""

    def __init__(self) -> None:
        self._losses: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._predicted: list[Tensor] = []
        self._among_top: list[Tensor] = []
        self._classes = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Add a batch: the sum of its losses, its logits (images, classes), and its labels (images,), on one device."""
        self._classes = logits.shape[1]
        self._losses.append(loss)
        self._labels.append(labels)
        self._predicted.append(logits.argmax(1))
        if self._classes >= TOP:
            top = logits.float().topk(TOP, dim=1).indices
            self._among_top.append((top == labels[:, None]).sum())

    def found(self) -> Evaluation:
        """The values over all batches, at least one."""
        labels, predicted = torch.cat(self._labels), torch.cat(self._predicted)
        right = predicted == labels
        counts = torch.zeros(3, self._classes, dtype=torch.int64, device=labels.device)
        counts[0].scatter_add_(0, labels, torch.ones_like(labels))
        counts[1].scatter_add_(0, predicted, torch.ones_like(predicted))
        counts[2].scatter_add_(0, labels, right.long())
        top = torch.stack(self._among_top).sum() if self._among_top else right.new_zeros((), dtype=torch.int64)
        loss = torch.stack(self._losses).double().sum()
        told = torch.cat([loss[None], top[None].double(), counts.flatten().double()]).tolist()  # the only wait
        images, classes = len(labels), self._classes
        there, named, hits = (told[2 + row * classes : 2 + (row + 1) * classes] for row in range(3))
        return Evaluation(
            loss=told[0] / images,
            accuracy=int(sum(hits)) / images,
            balanced_accuracy=_mean([hit / own for hit, own in zip(hits, there, strict=True) if own]),
            macro_f1=_mean(
                [2 * hit / (own + told) for hit, own, told in zip(hits, there, named, strict=True) if own + told]
            ),
            top5_acc=int(told[1]) / images if self._among_top else None,
        )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
