"""The exponential moving average (EMA) of a model's weights over the steps of a training."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """The average of all parameters and buffers that a model's state has.

    After the first step it is a copy; after each further step average = decay * average + (1 - decay) * value, as in
    torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn and use_buffers. So BatchNorm's running statistics are
    averaged like the weights that they belong to. Counters (integers) are copied.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        """decay: in (0, 1). Nothing is averaged yet."""
        self._model, self._decay = model, decay
        self._averages: dict[str, Tensor] = {}

    @torch.no_grad()
    def update(self) -> None:
        """Take the model's present values into the average. Called after each step."""
        now = self._now()
        if not self._averages:
            self._averages = {name: value.clone(memory_format=torch.preserve_format) for name, value in now.items()}
            return
        smooth = [name for name, value in now.items() if value.is_floating_point()]
        torch._foreach_lerp_([self._averages[name] for name in smooth], [now[name] for name in smooth], 1 - self._decay)
        for name in now.keys() - set(smooth):
            self._averages[name].copy_(now[name])

    @contextmanager
    def shown(self) -> Iterator[None]:
        """A context in which the model has the averaged values; before the first step, its own."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def tensors(self) -> dict[str, Tensor]:
        """The averaged values by name; empty before the first step."""
        return dict(self._averages)

    def load(self, averages: Mapping[str, Tensor]) -> None:
        """Continue from what `tensors` returned. Raises: KeyError, RuntimeError for those of another model."""
        now = self._now()
        self._averages = {
            name: torch.empty_like(value).copy_(averages[name]) for name, value in now.items() if averages
        }

    def _swap(self) -> None:
        now = self._now()
        for name, average in self._averages.items():
            average.data, now[name].data = now[name].data, average.data

    def _now(self) -> dict[str, Tensor]:
        """The model's own tensors, not copies. A tensor with two names counts once."""
        found: dict[int, tuple[str, Tensor]] = {}
        for name, value in self._model.state_dict(keep_vars=True).items():
            found.setdefault(id(value), (name, value))
        return dict(found.values())
