"""What both scripts train: the net and the images of `digits`, PUGD with radius, scale and timing, in plain PyTorch."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from trainables.core.models.small import small
from trainables.core.optimizer import PUGD
from trainables.core.settings.config import ScheduleConfig
from trainables.core.settings.schedules import Schedule

EPOCHS, BATCH, TRIALS = 12, 32, 27
SHAPES = ("constant", "cosine", "inverse_sine", "sine", "inverse_cosine")
SWITCHES = (0, 3, 6, 9)
RUNGS = (3, 9)
"""Epochs after which a trial may be stopped."""


def images() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images (n, 1, 8, 8) and labels, and those of the validation part: as many as rts-search has."""
    pixels, labels = load_digits(return_X_y=True)
    x = torch.tensor(pixels, dtype=torch.float32).reshape(-1, 1, 8, 8)
    y = torch.tensor(labels)
    x = (x - x.mean()) / x.std()
    return x[:1150], y[:1150], x[1150:1437], y[1150:1437]


def draw(name: str, choice: Callable[..., Any], loguniform: Callable[..., float], uniform: Callable[..., float]) -> Any:
    """A radius or scale: a shape, and the parameters that it uses."""
    shape = choice(f"{name}.shape", SHAPES)
    if shape == "constant":
        return ScheduleConfig("constant", value=loguniform(f"{name}.value", 0.1, 10.0))
    low, high = loguniform(f"{name}.beta_min", 0.1, 1.0), uniform(f"{name}.beta_max", 1.0, 3.0)
    return ScheduleConfig(shape, beta_min=low, beta_max=high)


def epochs(config: Mapping[str, Any]) -> Iterator[float]:
    """Train a config; the accuracy on the validation part after every epoch."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, y, x_val, y_val = images()
    model, criterion = small(10, 1, 8), nn.CrossEntropyLoss()
    optimizer = PUGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, step="fused")
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    radius, scale = (Schedule(config[name], EPOCHS) for name in ("radius", "scale"))
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["phase"] = "pugd" if epoch >= config["switch"] else "sgd"
            group["radius"], group["scale"] = (part.value(epoch, config["switch"]) for part in (radius, scale))
        for batch in torch.randperm(len(x)).split(BATCH):

            def closure(chosen: Tensor = batch) -> Tensor:
                optimizer.zero_grad()
                loss = criterion(model(x[chosen]), y[chosen])
                loss.backward()
                return loss

            optimizer.step(closure)
        rate.step()
        with torch.no_grad():
            model.eval()
            yield (model(x_val).argmax(1) == y_val).float().mean().item()
            model.train()
