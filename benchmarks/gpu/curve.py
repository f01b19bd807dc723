"""Train upanet16 with PUGD on photographs for as many epochs as time allows, and compare with a recorded curve."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.gpu.task import Line, MissingError, Task, claim
from benchmarks.photographs import SIZE
from benchmarks.plain import LR, PADDING
from trainables.core.data import Dataset
from trainables.core.data.assemble import assemble
from trainables.core.data.imagefolder import load
from trainables.core.history.lineage import epoch_settings
from trainables.core.settings.config import AugmentationConfig, DatasetConfig, ModelConfig, TrainingConfig, TrialConfig
from trainables.core.training.engine import Engine

MODEL, METHOD, BATCH_SIZE = "upanet16", "pugd", 128
MOST_EPOCHS = 50


def run(task: Task) -> Iterator[Line]:
    """Yield a line for each epoch with the accuracy on the test part, and that of the recorded run."""
    if task.images is None:
        raise MissingError("made-up images teach nothing: name a folder with --images")
    dataset = pictures(task.images, None if task.full else 64)
    device, batch_size = torch.device(task.device), BATCH_SIZE if task.full else 16
    probe = Engine(settings(1, task, batch_size), dataset, device)
    steps = 40 if task.full else 2
    probe.train_epoch(0, epoch_settings(settings(1, task, batch_size), 0, 0), most_steps=4)
    began = time.perf_counter()
    probe.train_epoch(0, epoch_settings(settings(1, task, batch_size), 0, 0), most_steps=steps)
    each = (time.perf_counter() - began) / steps * len(dataset.train.labels) / batch_size
    del probe
    epochs = min(MOST_EPOCHS if task.full else 2, max(1, int(0.8 * task.left / (1.1 * each))))
    recorded_epochs, recorded = recorded_curve(task.curve, epochs)
    config = settings(epochs, task, batch_size)
    one = Engine(config, dataset, device)
    reached = 0.0
    for epoch in task.cases(range(epochs)):
        began = time.perf_counter()
        figures = one.train_epoch(epoch, epoch_settings(config, epoch, 0))
        tested = one.evaluate(dataset.test)
        reached = tested.accuracy
        yield {
            "epoch": epoch,
            "of": epochs,
            "train_loss": round(figures.train_loss, 4),
            "train_acc": round(figures.train_acc, 4),
            "test_loss": round(tested.loss, 4),
            "test_acc": round(reached, 4),
            "recorded_valid_acc": recorded[epoch] if epoch < len(recorded) else None,
            "recorded_epochs": recorded_epochs,
            "seconds": round(time.perf_counter() - began, 2),
            "n": 1,
        }
    beside = f"; the recorded run of {recorded_epochs} epochs had {recorded[-1]:.4f}" if recorded else ""
    number = f"{reached:.4f} after {epochs} epochs{beside}"
    yield claim(
        f"{MODEL}, {METHOD}: test accuracy, better than chance", number, "above 0.2", task.verdict(reached > 0.2)
    )


def settings(epochs: int, task: Task, batch_size: int) -> TrialConfig:
    """PUGD from the first epoch on, the learning rate on a cosine to 0."""
    training = TrainingConfig(
        epochs=epochs,
        batch_size=batch_size,
        lr=LR if task.full else 0.01,
        augmentation=AugmentationConfig(crop_padding=PADDING, horizontal_flip=True),
        step="fused",
        precision="bf16" if task.full else "fp32",
    )
    return TrialConfig(DatasetConfig("imagefolder"), ModelConfig(MODEL), training)


def pictures(folder: str, number: int | None) -> Dataset:
    """Decode the photographs into memory, without the cache. A small part is held out, as in every data set."""
    size = SIZE
    config = DatasetConfig("imagefolder", root=folder, image_size=size, val_fraction=0.02, num_train=number)

    def room(name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        del name
        return np.empty(shape, np.uint8)

    return assemble(load(config), config, room)


def recorded_curve(file: str | None, epochs: int) -> tuple[int | None, list[float]]:
    """Return the recorded run with the most similar number of epochs: that number, and its accuracy after each epoch.

    The file has one row per run with the columns model, method, epochs and valid_acc (a list with one accuracy per
    epoch). It is a .parquet file, for which pandas needs pyarrow, or a .csv file with the list as JSON.
    """
    if file is None:
        return None, []
    import pandas as pd

    try:
        table = pd.read_parquet(file) if Path(file).suffix == ".parquet" else pd.read_csv(file)
    except ImportError as error:
        raise MissingError(f"{file}: {error}") from error
    runs = table[(table["model"] == MODEL) & (table["method"] == METHOD)]
    if runs.empty:
        raise MissingError(f"{file} has no run of {MODEL} with {METHOD}")
    row = runs.loc[(runs["epochs"] - epochs).abs().idxmin()]
    values = json.loads(row["valid_acc"]) if isinstance(row["valid_acc"], str) else row["valid_acc"]
    return int(row["epochs"]), [round(float(value), 4) for value in values]
