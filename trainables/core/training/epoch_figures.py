"""What the training of one epoch measured, and the error of one that diverged."""

from dataclasses import dataclass

from torch import Tensor


class DivergedError(ValueError):
    """A loss or gradient is not finite. `epoch` (0-based) says when, `reason` says which; the text counts from 1."""

    def __init__(self, epoch: int, reason: str) -> None:
        self.epoch, self.reason = epoch, reason
        super().__init__(f"diverged in epoch {epoch + 1}: {reason}")


@dataclass(frozen=True)
class EpochFigures:
    """What the training of one epoch measured; see `EpochRecord` for the units."""

    train_loss: float
    train_acc: float
    grad_norms: tuple[float, ...]
    notes: tuple[str, ...] = ()
    """Messages for the user."""
    scale: float | None = None
    """Mean of an adaptive scale over the perturbed steps; None where the scale is not adaptive."""


@dataclass(frozen=True)
class StepFigures:
    """What the steps of an epoch measured, as tensors on the device with one element for each step."""

    images: int
    """Number of images of the epoch."""
    losses: Tensor
    """Loss of the mini-batch, times its images."""
    hits: Tensor
    norms: Tensor
    """Norms of the gradients."""
    scales: Tensor | None = None
    """The scale of each perturbed step, where it is adaptive."""

    def collected(self, epoch: int) -> EpochFigures:
        """Copy the figures to the host, once per epoch. Raises: DivergedError when one is not finite."""
        checked = [("training loss", self.losses), ("gradient norm", self.norms)]
        checked += [] if self.scales is None else [("adaptive scale", self.scales)]
        for name, values in checked:
            finite = values.isfinite()
            if not bool(finite.all()):
                step = int((~finite).nonzero()[0])
                raise DivergedError(epoch, f"the {name} is not finite at step {step + 1} of epoch {epoch + 1}")
        loss, accuracy = float(self.losses.double().sum()) / self.images, int(self.hits.sum()) / self.images
        scale = None if self.scales is None else float(self.scales.double().mean())
        return EpochFigures(loss, accuracy, tuple(self.norms.tolist()), scale=scale)
