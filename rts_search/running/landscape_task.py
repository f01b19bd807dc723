"""The work of one worker for a landscape: take the weights of one run, and measure around them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rts_search.basics.errors import UserError
from rts_search.study.landscape_record import LandscapeRecord, MeasuredRun
from trainables.core.data import Dataset, load_dataset
from trainables.core.history.sealing import DamagedError
from trainables.core.landscape.image_loss import Given, image_loss
from trainables.core.landscape.loss_function import LossFunction
from trainables.core.landscape.measurements import MEASUREMENTS, WORDS, LandscapeSettings, Passes, counted
from trainables.core.settings.config import TrialConfig
from trainables.core.training.engine import Engine
from trainables.core.training.trial import Trial
from trainables.order import TrialOrder

STEP_SECONDS = 5.0
"""Time between two lines on the progress of one measurement."""


@dataclass(frozen=True)
class LandscapeTask:
    """What a worker needs. It can be sent to any node that reaches the results folder."""

    record: str
    """Path of landscape.json."""
    progress: str
    """Path of the file to which lines on the progress are added."""
    settings: Mapping[str, Any]
    """All settings, as the record holds them."""
    given: Given
    measured: LandscapeSettings
    run: MeasuredRun
    order: Mapping[str, Any]
    """The order that trains the run, as plain values."""
    trains: bool
    """Whether missing weights are trained anew."""
    threads: int
    """CPU threads of the measurements."""
    fingerprint: str
    """Of the data on which the run was trained."""


def measure_run(task: LandscapeTask) -> str:
    """Make every measurement that is not on record yet, and add each to the record when it is done.

    Returns why this is not possible, in one line; empty when all is done.
    """
    try:
        _measure_all(task)
    except (NotMeasurable, UserError) as error:
        return str(error)
    return ""


class NotMeasurable(Exception):
    """The weights or the data are not what they were; the text is one line."""


def _measure_all(task: LandscapeTask) -> None:
    """Raises: NotMeasurable, UserError."""
    _tell(task, "loading the data")
    order = TrialOrder.from_dict(dict(task.order))
    trial = order.trial(dataset := load_dataset(TrialConfig.from_dict(order.config).dataset))
    if dataset.fingerprint != task.fingerprint:
        raise NotMeasurable(
            "the data must be those that it was trained on, but their content has changed; restore them"
        )
    state = _weights(task, trial, dataset)
    torch.set_num_threads(task.threads)
    with _exact():
        loss = image_loss(trial.config.model, state, dataset, task.given, trial.device)
        for name in MEASUREMENTS:
            if name in wanted(task.run) and name not in task.run.measured:
                _measure(task, loss, name, trial.config.training.batch_size)


def wanted(run: MeasuredRun) -> tuple[str, ...]:
    """The measurements of a run: the surface in two dimensions only for the first seed of its method."""
    return tuple(name for name in MEASUREMENTS if name != "plane" or run.first)


def _weights(task: LandscapeTask, trial: Trial, dataset: Dataset) -> dict[str, Tensor]:
    """The parameters and buffers from the store, or from training anew."""
    _tell(task, "reading the weights")
    address, store = (task.run.key, task.run.provenance), trial.store
    try:
        engine = Engine(trial.config, dataset, trial.device)
        engine.load(store.state(*address, engine.most_state_bytes))
        return engine.parameters()
    except (FileNotFoundError, DamagedError) as error:
        if not task.trains:
            raise NotMeasurable(f"its weights cannot be read: {error}; add --train, which trains them again") from error
        if isinstance(error, DamagedError):
            store.drop_state(*address)
    _tell(task, "training the weights again")
    engine = trial.engine_after(task.run.epochs)
    if not store.has_state(*address):
        raise NotMeasurable(
            "its weights can be trained again only on the machine and with the versions that trained them"
        )
    return engine.parameters()


def _measure(task: LandscapeTask, loss: LossFunction, name: str, batch_size: int) -> None:
    _tell(task, WORDS[name])
    began = last = time.monotonic()
    before = counted(loss)
    progress = MEASUREMENTS[name](loss, task.measured)
    while True:
        try:
            done, total = next(progress)
        except StopIteration as end:
            result = end.value
            break
        if time.monotonic() - last >= STEP_SECONDS:
            last = time.monotonic()
            _tell(task, f"{WORDS[name]}: {done} of {'at most ' * (name == 'eigenvalue')}{total}")
    passes = counted(loss, before)
    cost = cost_of(name, passes, task.given, batch_size)
    kept = {**result, **asdict(passes), "gradient_evaluations": cost, "seconds": round(time.monotonic() - began, 3)}
    LandscapeRecord(Path(task.record)).add(task.settings, task.run, name, kept)


def cost_of(name: str, passes: Passes, given: Given, batch_size: int) -> int:
    """Gradient evaluations of mini-batches of this size. Statistics that are recomputed take one more forward pass
    at every place of a surface or of an ascent step."""
    again = passes.values if given.statistics == "recomputed" and name in ("curve", "plane", "sharpness") else 0
    whole = Passes(passes.values + again, passes.gradients, passes.products)
    return whole.gradient_evaluations(given.images, batch_size)


def _tell(task: LandscapeTask, phase: str) -> None:
    with Path(task.progress).open("a", encoding="utf-8") as file:
        file.write(f"{task.run.name}: {phase}\n")


@contextmanager
def _exact() -> Iterator[None]:
    """A context without TF32, whose 10 bits hide small differences of the loss on a GPU."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
