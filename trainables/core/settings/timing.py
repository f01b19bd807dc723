"""When PUGD starts: the switch rules, fed with what each finished epoch measured."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from trainables.core.settings.config import TimingConfig

T = TypeVar("T")


class SwitchRule(Protocol):
    """Decides after each finished epoch whether PUGD starts with the next one."""

    @property
    def switch_epoch(self) -> int | None:
        """The first PUGD epoch (0-based) once it is decided; None before."""

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:
        """Take in one finished epoch; once the rule has decided, nothing changes any more.

        grad_norms are the global L2 norms of the epoch's mini-batch gradients, in the order of its steps.
        """


class EpochRule:
    """PUGD starts with an epoch that is known from the beginning."""

    def __init__(self, switch_epoch: int) -> None:
        """switch_epoch >= 0; 0 is pure PUGD. Raises: ValueError."""
        if switch_epoch < 0:
            raise ValueError(f"switch_epoch must be >= 0, but got {switch_epoch=}")
        self._switch_epoch = switch_epoch

    @property
    def switch_epoch(self) -> int:
        """The first PUGD epoch."""
        return self._switch_epoch

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:
        """Nothing to learn: the epoch is given."""


class GradientVarianceRule:
    """PUGD starts once the gradient norm's variance has fallen below a share of what it was at the start."""

    def __init__(self, window: int, decay: float, start: int) -> None:
        """window >= 2 steps, decay > 0, start >= 0 epochs (0: the first `window` steps). Raises: ValueError."""
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
        """The epoch after the one in which the variance first fell below the reference."""
        return self._switch_epoch

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:  # noqa: ARG002
        """Look at every step of one finished epoch. Raises: ValueError when it had none."""
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
        """Whether the variance over the last `window` steps, this one included, is below the reference."""
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
    """PUGD starts once training and validation loss have drifted apart by a multiple of their early distance."""

    def __init__(self, base_epochs: int, ratio: float, period: int) -> None:
        """base_epochs >= 1, ratio > 0, period >= 1 epochs. Raises: ValueError."""
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
        """The epoch after the one whose gap exceeded the base."""
        return self._switch_epoch

    def observe(self, grad_norms: Sequence[float], train_loss: float, val_loss: float) -> None:  # noqa: ARG002
        """Look at the losses of one finished epoch."""
        if self._switch_epoch is not None:
            return
        epoch, gap = self._epochs, abs(val_loss - train_loss)
        self._epochs += 1
        if epoch < self._base_epochs:
            self._base_sum += gap
        # The published rule leaves epoch xi itself out: it looks from epoch xi + 1 on.
        looks = epoch > self._base_epochs and (epoch + 1) % self._period == 0
        if looks and gap > self._ratio * self._base_sum / self._base_epochs:
            self._switch_epoch = epoch + 1


def make_rule(config: TimingConfig) -> SwitchRule:
    """The switch rule of a trial, as it stands before epoch 0."""
    if config.rule == "epoch":
        return EpochRule(_given(config.switch_epoch))
    if config.rule == "gradient_variance":
        return GradientVarianceRule(_given(config.window), _given(config.decay), _given(config.start))
    return GeneralizationGapRule(_given(config.base_epochs), _given(config.ratio), _given(config.period))


def gradient_variance_switch(
    grad_norms_per_epoch: Iterable[Sequence[float]], window: int, decay: float, start: int
) -> int | None:
    """The epoch with which PUGD starts in a recorded run; None when the rule never fires. Raises: ValueError."""
    rule = GradientVarianceRule(window, decay, start)
    for grad_norms in grad_norms_per_epoch:
        rule.observe(grad_norms, 0.0, 0.0)
    return rule.switch_epoch


def generalization_gap_switch(
    train_loss: Sequence[float], val_loss: Sequence[float], base_epochs: int, ratio: float, period: int
) -> int | None:
    """The epoch with which PUGD starts in a recorded run; None when the rule never fires. Raises: ValueError."""
    rule = GeneralizationGapRule(base_epochs, ratio, period)
    for train, val in zip(train_loss, val_loss, strict=True):
        rule.observe((), train, val)
    return rule.switch_epoch


def _given(value: T | None) -> T:
    """A parameter that `TimingConfig` has checked to be there."""
    if value is None:
        raise ValueError(f"a parameter of the switch rule must be given, but got {value=}")
    return value


def _variance(values: Sequence[float] | deque[float]) -> float:
    """Population variance; NaN when a value is not finite, so that no comparison with it fires."""
    mean = sum(values) / len(values)
    return sum((value - mean) * (value - mean) for value in values) / len(values)
