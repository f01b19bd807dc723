"""Set the learning rate of every parameter group, once per epoch or, where it has a ramp, before every step."""

from typing import Any

import torch
from torch import Tensor

from trainables.core.history.lineage import EpochSettings


class StepRates:
    """The learning rates of the steps of one epoch.

    A recorded step repeats the numbers with which it was recorded. Where steps are recorded and the learning rate has a
    ramp, it is therefore a tensor on the device, which every replay reads again.
    """

    def __init__(self, recorded_on: torch.device | None) -> None:
        """recorded_on: the device on which steps are recorded; None where they are not."""
        self._device = recorded_on
        self._settings: EpochSettings | None = None

    def begin_epoch(self, epoch: int, settings: EpochSettings, groups: list[dict[str, Any]]) -> None:
        """Set the learning rates of an epoch. groups: the optimizer's, each with its `lr_factor`."""
        self._epoch, self._groups, self._settings = epoch, groups, None if settings.ramp is None else settings
        self._rates: list[Tensor] = []
        for group in groups:
            group["lr"] = settings.learning_rate * group["lr_factor"]
        if settings.ramp is not None and self._device is not None:
            self._rates = [torch.zeros((), dtype=torch.float32, device=self._device) for _ in groups]
            for group, rate in zip(groups, self._rates, strict=True):
                group["lr"] = rate

    def set(self, step: int, steps: int) -> None:
        """Called before each step, which is counted from 0. steps: number of steps in a whole epoch."""
        if self._settings is None:
            return
        rate = self._settings.rate(self._epoch, step, steps)
        for index, group in enumerate(self._groups):
            if self._rates:
                self._rates[index].fill_(rate * group["lr_factor"])
            else:
                group["lr"] = rate * group["lr_factor"]
