"""What is known of one trained epoch: its record, and where it stands in the lineage."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class EpochRecord:
    """The figures of one epoch, the same for whoever trained it."""

    epoch: int
    """0-based."""
    phase: str
    """sgd, ngd (a PUGD epoch of radius 0, which needs one gradient) or pugd."""
    radius: float | None
    """Perturbation radius in effect; none outside the pugd phase."""
    scale: float | None
    """Weight of the original gradient in effect; none outside the pugd phase."""
    learning_rate: float
    train_loss: float
    """Mean cross-entropy over the epoch's images at the unperturbed weights, in nats."""
    train_acc: float
    """Share of training images classified right during the epoch, in [0, 1]."""
    val_loss: float
    """Mean cross-entropy over the validation part after the epoch, in nats."""
    val_acc: float
    """Share of validation images classified right after the epoch, in [0, 1]."""
    grad_norm: float
    """Mean over the epoch's steps of the global L2 norm of the unperturbed gradient."""
    gradient_evaluations: int
    """Cumulative from epoch 0: one per SGD or NGD step, two per PUGD step."""
    seconds: float
    """Wall-clock time of this epoch, training and validation, on the machine that trained it."""


@dataclass(frozen=True)
class StoredEpoch:
    """An epoch's record with its place in the lineage: what the store keeps under one key and provenance."""

    key: str
    """Address of the state after this epoch."""
    provenance: str
    """Which machines trained the lineage up to here."""
    parent: str | None
    """Provenance of the epoch before; none for epoch 0."""
    trained_by: str
    """The trial that trained it first."""
    record: EpochRecord
    grad_norms: tuple[float, ...]
    """Global L2 norm of the unperturbed gradient at every step: what the switch rules look at."""
    machine: dict[str, Any]
    """What the machine contributed: device kind, threads, library versions."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The way back. Raises: TypeError, KeyError on anything that `to_dict` did not write."""
        plain = {name: values[name] for name in cls.__dataclass_fields__}
        plain["record"] = EpochRecord(**values["record"])
        plain["grad_norms"] = tuple(values["grad_norms"])
        return cls(**plain)
