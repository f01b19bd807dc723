"""The record of one trained epoch, alone and with its address."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class EpochRecord:
    """The figures of one epoch. They do not depend on which trial trained it."""

    epoch: int
    """Number of the epoch; the first is 0."""
    phase: str
    """sgd, pugd, ngd (a PUGD epoch of radius 0, which needs one gradient), sam, asam, amp, looksam, gsam,
    friendly_sam or path_sgd."""
    radius: float | None
    """Perturbation radius in effect; None in the phases sgd, ngd and path_sgd."""
    scale: float | None
    """Weight of the unperturbed gradient in effect; where it follows the training, its mean over the perturbed steps.
    None outside the phase pugd."""
    learning_rate: float
    """Learning rate in effect; that of the last step where it changes from step to step."""
    train_loss: float
    """Mean cross-entropy over the epoch's images at the unperturbed weights, in nats."""
    train_acc: float
    """Fraction of training images classified correctly during the epoch, in [0, 1]."""
    val_loss: float
    """Mean cross-entropy over the validation part after the epoch, in nats."""
    val_acc: float
    """Fraction of validation images classified correctly after the epoch, in [0, 1]."""
    grad_norm: float
    """Mean over the epoch's steps of the global L2 norm of the unperturbed gradient."""
    gradient_evaluations: int
    """Total from epoch 0 to the end of this epoch: one per SGD, NGD or Path-SGD step, two per
    PUGD step."""
    seconds: float
    """Wall-clock time of this epoch's training and validation, on the machine that trained it."""
    balanced_accuracy: float | None = None
    """Mean over the classes of the share of their validation images classified correctly, in [0, 1]. None, as the two
    below, in records of earlier versions."""
    macro_f1: float | None = None
    """Mean over the classes of F1 on the validation part, in [0, 1]."""
    top5_acc: float | None = None
    """Share of validation images whose class is among the 5 likeliest, in [0, 1]; None with fewer than 5 classes."""

    def has(self, metric: str) -> bool:
        """Whether the record has the value of a metric, by its name in `objective.metric`."""
        return getattr(self, metric) is not None


@dataclass(frozen=True)
class StoredEpoch:
    """An epoch's record with its address, as the store keeps it under one key and provenance."""

    key: str
    """Address of the state after this epoch."""
    provenance: str
    """Short name of the machines that trained the epochs up to this one."""
    parent: str | None
    """Provenance of the epoch before; None for epoch 0."""
    trained_by: str
    """Name of the trial that trained it first."""
    record: EpochRecord
    """The epoch's figures."""
    grad_norms: tuple[float, ...]
    """Global L2 norm of the unperturbed gradient at every step; the switch rules need it."""
    machine: dict[str, Any]
    """Device kind, number of threads and library versions of the machine that trained it."""

    def to_dict(self) -> dict[str, Any]:
        """The epoch as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build it from what `to_dict` returned. Raises: TypeError, KeyError for anything else."""
        plain = {name: values[name] for name in cls.__dataclass_fields__}
        plain["record"] = EpochRecord(**values["record"])
        plain["grad_norms"] = tuple(values["grad_norms"])
        return cls(**plain)
