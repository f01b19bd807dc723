"""Accuracy of SGD, PUGD and one RTS setting on photographs, at equal cost in gradient evaluations.

Trains the small net on all photographs of the folder, once per method, and writes results/reference/learning.jsonl and
a figure learning.svg beside it.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.photographs import SIZE
from benchmarks.report import device_facts, line, table
from trainables.core.data import load_dataset
from trainables.core.history.store import Store
from trainables.core.settings.config import (
    AugmentationConfig,
    DatasetConfig,
    ModelConfig,
    ScheduleConfig,
    TimingConfig,
    TrainingConfig,
    TrialConfig,
)
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.trial import Trial

COST_EPOCHS = 24
"""Each method may spend the cost of this many epochs of SGD. Its learning rate falls to 0 over its own epochs."""
RESULTS = Path("results/reference/learning.jsonl")
COLOURS = {"sgd": "#9aa5b1", "pugd": "#e07a3f", "rts": "#2f6fb0"}


def configs(folder: str) -> dict[str, TrialConfig]:
    """Return name -> settings of the three methods."""
    training = TrainingConfig(
        epochs=COST_EPOCHS,
        batch_size=128,
        lr=0.1,
        step="fused",
        augmentation=AugmentationConfig(crop_padding=4, horizontal_flip=True),
    )
    dataset = DatasetConfig("imagefolder", root=folder, image_size=SIZE, val_fraction=0.1)
    sgd = TrialConfig(dataset, ModelConfig("small"), training, timing=TimingConfig(switch_epoch=COST_EPOCHS))
    half, two_thirds = COST_EPOCHS // 2, COST_EPOCHS * 2 // 3
    return {
        "sgd": sgd,
        "pugd": replace(sgd, training=replace(training, epochs=half), timing=TimingConfig(switch_epoch=0)),
        "rts": replace(
            sgd,
            training=replace(training, epochs=two_thirds),
            timing=TimingConfig(switch_epoch=two_thirds // 2),
            radius=ScheduleConfig("inverse_cosine", beta_min=0.1, beta_max=2.0),
        ),
    }


def train(config: TrialConfig, store: str, name: str) -> dict[str, Any]:
    """Train to the end with a validation after every epoch, then evaluate the test part once."""
    trial = Trial(config, load_dataset(config.dataset), Store(store), name)
    began, curve = time.perf_counter(), []
    for outcome in trial.epochs():
        record = outcome.stored.record
        curve.append([record.gradient_evaluations, round(record.val_acc, 4)])
    seconds = time.perf_counter() - began
    test_acc = trial.engine_after(config.training.epochs).evaluate(load_dataset(config.dataset).test).accuracy
    return {"seconds": round(seconds), "val_acc": curve[-1][1], "test_acc": round(test_acc, 4), "curve": curve}


def main(folder: str) -> None:
    """Train the methods one after the other, write the lines and draw the figure."""
    keep_freed_memory()
    facts = device_facts("cpu", torch.get_num_threads())
    results = {}
    with TemporaryDirectory() as store:
        for name, config in configs(folder).items():
            results[name] = train(config, store, name)
            line({"benchmark": "learning", "method": name, "epochs": config.training.epochs, **results[name], **facts})
    rows = [
        (name, f"{r['curve'][-1][0]:,}", f"{100 * r['val_acc']:.2f}", f"{100 * r['test_acc']:.2f}", f"{r['seconds']}")
        for name, r in results.items()
    ]
    table(("small net, batch 128", "gradient evaluations", "val_acc %", "test_acc %", "seconds"), rows)
    draw({name: result["curve"] for name, result in results.items()}, RESULTS.with_suffix(".svg"))
    lines = ({"method": name, **result, **facts} for name, result in results.items())
    RESULTS.write_text("".join(f"{json.dumps(one)}\n" for one in lines), encoding="utf-8")


def draw(curves: dict[str, list[list[float]]], file: Path) -> None:
    """Draw the validation accuracy against the gradient evaluations."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    for name, curve in curves.items():
        axes.plot(*zip(*curve, strict=True), marker="o", markersize=3, color=COLOURS[name], label=name)
    axes.set_xlabel("gradient evaluations")
    axes.set_ylabel("validation accuracy")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Date": None})
