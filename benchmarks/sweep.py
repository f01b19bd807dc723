"""Seconds of a whole sweep of 12 trials: `rts-search launch` against running the plain script for every trial.

Measured as a user sees it: from the start of the command to its end, including Ray's start. Once with and once without
sharing of equal first epochs.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import torch

from benchmarks.photographs import SIZE, photographs, source
from benchmarks.plain import LR, PADDING, Pictures, PlainTraining
from benchmarks.report import device_facts, line, table
from trainables.core.models.build import build_model
from trainables.core.settings.config import ModelConfig

EPOCHS, SWITCHES, RADII = 10, (0, 2, 4, 6, 8, 9), (0.5, 1.0)
TRIALS = len(SWITCHES) * len(RADII)
IMAGES, BATCH = 1000, 128
RUNS = 3
PLAIN = "plain script, a process for each core"


def service(folder: str, sharing: str) -> int:
    """Run `rts-search launch` in a new folder. Returns the gradient evaluations spent."""
    settings = (
        f"dataset={{name: imagefolder, root: '{folder}', image_size: {SIZE}, val_fraction: 0.1, num_train: {IMAGES}}}",
        f"training={{epochs: {EPOCHS}, batch_size: {BATCH}, lr: {LR}, step: fused, "
        f"augmentation: {{crop_padding: {PADDING}, horizontal_flip: true}}}}",
        f"space={{radius: {{value: {list(RADII)}}}, timing: {{rule: epoch, switch_epoch: {list(SWITCHES)}}}}}",
        "search={sampler: grid}",
        "scheduler=none",
        "baselines=[]",
        f"store={{sharing: '{sharing}'}}",
    )
    with tempfile.TemporaryDirectory() as results:
        told = [part for setting in settings for part in ("--set", setting)]
        command = [sys.executable, "-m", "rts_search.cli", "launch", "digits", *told, "--results", results]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        trials = pd.read_parquet(Path(results) / "digits" / "trials.parquet")
    if list(trials["state"]) != ["COMPLETE"] * TRIALS:
        raise ValueError(f"all {TRIALS} trials must complete, but got {list(trials['state'])}")
    return int(trials["gradient_evaluations_spent"].sum())


def plain(folder: str) -> int:
    """Train every trial from its first epoch to its last, one process per core. Returns the gradient evaluations."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return sum(pool.map(_plain_config, [folder] * TRIALS, SWITCHES * len(RADII)))


def _plain_config(folder: str, switch: int) -> int:
    """Train one trial. The value of the radius does not change the time, so it is not used."""
    torch.set_num_threads(1)
    dataset = photographs(folder, IMAGES)
    net = build_model(ModelConfig("small"), len(dataset.classes), dataset.in_channels, dataset.image_size)
    training = PlainTraining(net, Pictures(dataset), BATCH, 0, torch.device("cpu"))
    for epoch in range(EPOCHS):
        training.epoch("pugd" if epoch >= switch else "sgd")
    return -(-IMAGES // BATCH) * (2 * EPOCHS - switch)


def main(folder: str) -> None:
    """Measure on the CPU: the service with and without sharing, and the plain script."""
    root = str(Path(folder).resolve())
    contestants: dict[str, Callable[[], int]] = {
        "rts-search": lambda: service(root, "same_device"),
        "rts-search, sharing off": lambda: service(root, "off"),
        PLAIN: lambda: plain(root),
    }
    photographs(root, IMAGES)  # decodes the images into the cache before the first turn
    spent = {}
    seconds: dict[str, list[float]] = {who: [] for who in contestants}
    for _ in range(RUNS):
        for who, turn in contestants.items():
            began = time.perf_counter()
            spent[who] = turn()
            seconds[who].append(time.perf_counter() - began)
    _report(root, seconds, spent)


def _report(root: str, seconds: dict[str, list[float]], spent: dict[str, int]) -> None:
    medians = {who: sorted(values)[len(values) // 2] for who, values in seconds.items()}
    where = {**device_facts("cpu", 1), "cores": os.cpu_count(), **{name: version(name) for name in ("ray", "optuna")}}
    rows = []
    for who, median in medians.items():
        ratio = medians[PLAIN] / median
        measured = {"seconds_median": round(median, 1), "times_plain": round(ratio, 2), "spent": spent[who]}
        turns = {"n": RUNS, "seconds": [round(value, 1) for value in seconds[who]]}
        what = {"benchmark": "sweep", "who": who, "trials": TRIALS, "epochs": EPOCHS, "images": IMAGES}
        line({**what, "source": source(root), **measured, **turns, **where})
        rows.append((who, f"{median:.1f}", f"{ratio:.2f}", f"{spent[who]:,}"))
    table((f"{TRIALS} trials of {EPOCHS} epochs", "seconds", "times plain", "gradient evaluations spent"), rows)
