"""The switch rules, which decide when PUGD starts from what each finished epoch measured."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from trainables.core.settings.config import TimingConfig

T = TypeVar("T")


class SwitchRule(Protocol):
    """Decides after each finished epoch whether PUGD starts with the next one."""

    @property
    def switch_epoch(self) -> int | None:
        """The first PUGD epoch (0-based); None until the rule has decided."""

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:
        """Called once after each epoch, in order. After the rule has decided, calls have no effect.

        grad_norms: the global L2 norm of every mini-batch gradient of the epoch, in the order of the steps.
        train_loss, val_loss: mean cross-entropy of the epoch on the training and on the validation part.
        """


class EpochRule:
    """PUGD starts in a fixed epoch."""

    def __init__(self, switch_epoch: int) -> None:
        """switch_epoch: the first PUGD epoch, >= 0; 0 is PUGD from the beginning. Raises: ValueError."""
        if switch_epoch < 0:
            raise ValueError(f"switch_epoch must be >= 0, but got {switch_epoch=}")
        self._switch_epoch = switch_epoch

    @property
    def switch_epoch(self) -> int:
        """The first PUGD epoch."""
        return self._switch_epoch

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:
        """Does nothing: the epoch is fixed."""


class GradientVarianceRule:
    """PUGD starts once the variance of the gradient norm has fallen below `decay` times its value at the start."""

    def __init__(self, window: int, decay: float, start: int) -> None:
        """window: steps over which the variance is taken, >= 2. decay: > 0.

        start: the start is the first `start` epochs, >= 0; for 0 it is the first `window` steps.

        Raises:
            ValueError: a parameter is outside its range.
        """
        if window < 2:
            raise ValueError(f"window must be >= 2, but got {window=}")
        if not decay > 0.0:
            raise ValueError(f"decay must be > 0, but got {decay=}")
        if start < 0:
            raise ValueError(f"start must be >= 0, but got {start=}")
        self._decay, self._start = decay, start
        self._recent: deque[float] = deque(maxlen=window)
        self._first: list[float] = []
        self._reference: float | None = None
        self._epochs = 0
        self._switch_epoch: int | None = None

    @property
    def switch_epoch(self) -> int | None:
        """The epoch after the one in which the variance first fell below the reference; None until then."""
        return self._switch_epoch

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:  # noqa: ARG002
        """Check the variance at every step of a finished epoch. Raises: ValueError when grad_norms is empty."""
        if self._switch_epoch is not None:
            return
        if len(grad_norms) == 0:
            raise ValueError(f"grad_norms must hold at least one step, but got {grad_norms=}")
        below = [self._step(norm) for norm in grad_norms]
        self._epochs += 1
        if self._start > 0 and self._epochs == self._start:
            self._end_start()
        if any(below):
            self._switch_epoch = self._epochs

    def _step(self, norm: float) -> bool:
        """Take in one step. Returns whether the variance over the last `window` steps is below the reference."""
        self._recent.append(norm)
        full = len(self._recent) == self._recent.maxlen
        if self._reference is None:
            self._first.append(norm)
            if self._start == 0 and full:
                self._end_start()
            return False
        return full and _variance(self._recent) < self._reference

    def _end_start(self) -> None:
        self._reference = self._decay * _variance(self._first)
        self._first = []


class GeneralizationGapRule:
    """PUGD starts once the gap between training and validation loss exceeds `ratio` times that of the first epochs."""

    def __init__(self, base_epochs: int, ratio: float, period: int) -> None:
        """base_epochs: first epochs over which the base gap is averaged, >= 1. ratio: > 0.

        period: the gap is compared after every `period` epochs, >= 1.

        Raises:
            ValueError: a parameter is outside its range.
        """
        if base_epochs < 1:
            raise ValueError(f"base_epochs must be >= 1, but got {base_epochs=}")
        if not ratio > 0.0:
            raise ValueError(f"ratio must be > 0, but got {ratio=}")
        if period < 1:
            raise ValueError(f"period must be >= 1, but got {period=}")
        self._base_epochs, self._ratio, self._period = base_epochs, ratio, period
        self._base_sum = 0.0
        self._epochs = 0
        self._switch_epoch: int | None = None

    @property
    def switch_epoch(self) -> int | None:
        """The epoch after the one whose gap exceeded the base; None until then."""
        return self._switch_epoch

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:  # noqa: ARG002
        """Compare the losses of a finished epoch."""
        if self._switch_epoch is not None:
            return
        epoch, gap = self._epochs, abs(val_loss - train_loss)
        self._epochs += 1
        if epoch < self._base_epochs:
            self._base_sum += gap
        # As published: the first epoch that is compared is xi + 1 (xi is base_epochs), not xi.
        looks = epoch > self._base_epochs and (epoch + 1) % self._period == 0
        if looks and gap > self._ratio * self._base_sum / self._base_epochs:
            self._switch_epoch = epoch + 1


def make_rule(config: TimingConfig) -> SwitchRule:
    """Make a trial's switch rule, in its state before epoch 0."""
    if config.rule == "epoch":
        return EpochRule(_given(config.switch_epoch))
    if config.rule == "gradient_variance":
        return GradientVarianceRule(_given(config.window), _given(config.decay), _given(config.start))
    return GeneralizationGapRule(_given(config.base_epochs), _given(config.ratio), _given(config.period))


def gradient_variance_switch(
    grad_norms_per_epoch: Iterable[Sequence[float]], window: int, decay: float, start: int
) -> int | None:
    """Apply the rule to a recorded run: the first PUGD epoch, or None when the rule never fires. Raises: ValueError."""
    rule = GradientVarianceRule(window, decay, start)
    for grad_norms in grad_norms_per_epoch:
        rule.observe(grad_norms, 0.0, 0.0)
    return rule.switch_epoch


def generalization_gap_switch(
    train_loss: Sequence[float], val_loss: Sequence[float], base_epochs: int, ratio: float, period: int
) -> int | None:
    """Apply the rule to a recorded run: the first PUGD epoch, or None when the rule never fires. Raises: ValueError."""
    rule = GeneralizationGapRule(base_epochs, ratio, period)
    for train, val in zip(train_loss, val_loss, strict=True):
        rule.observe((), train, val)
    return rule.switch_epoch


def _given(value: T | None) -> T:
    """Return a parameter whose presence `TimingConfig` has already checked."""
    if value is None:
        raise ValueError(f"a parameter of the switch rule must be given, but got {value=}")
    return value


def _variance(values: Sequence[float] | deque[float]) -> float:
    """Population variance. It is NaN when a value is not finite, and no comparison with NaN lets the rule fire."""
    mean = sum(values) / len(values)
    return sum((value - mean) * (value - mean) for value in values) / len(values)
