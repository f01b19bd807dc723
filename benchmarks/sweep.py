"""A small grid from an empty folder to its table: the service against the plain script, called for every config."""

import atexit
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from benchmarks.epoch import Case, spread
from benchmarks.photographs import SIZE, photographs
from benchmarks.plain import Pictures, PlainTraining
from benchmarks.report import device_facts, line, table
from benchmarks.turns import Contestant, Turn, take_turns
from trainables.core.config import ModelConfig
from trainables.core.models.build import build_model

EPOCHS, SWITCHES, RADII = 6, (0, 2, 4), (0.5, 1.0)
TRIALS = len(SWITCHES) * len(RADII)
PLAIN = "plain script, one after the other"


def service(case: Case, sharing: str) -> Turn:
    """A launch on a Ray that is up, as many trials at a time as there are CPUs."""
    from rts_search.tuning.cluster import ray_running

    stack = ExitStack()
    stack.enter_context(ray_running(None, verbose=False))
    atexit.register(stack.close)

    def turn() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as results:
            return {"spent": _launch(case, sharing, Path(results))}

    return turn


def _launch(case: Case, sharing: str, folder: Path) -> int:
    """Gradient evaluations that were spent."""
    from benchmarks.turnover import Silent
    from rts_search.paths import Results
    from rts_search.service import look_at_data
    from rts_search.study import SweepStudy
    from rts_search.sweep_file import load_sweep
    from rts_search.tables import Tables
    from rts_search.tuning.run import run_sweep

    settings = (
        f"dataset={{name: imagefolder, root: '{case.folder}', image_size: {SIZE}, num_train: {case.images}}}",
        f"training={{epochs: {EPOCHS}, batch_size: {case.batch_size}, lr: 0.1, step: fused, "
        "augmentation: {crop_padding: 4, horizontal_flip: true}}",
        f"space={{radius: {{value: {list(RADII)}}}, timing: {{rule: epoch, switch_epoch: {list(SWITCHES)}}}}}",
        "search={sampler: grid}",
        "scheduler=none",
        "baselines=[]",
        f"store={{sharing: '{sharing}'}}",
    )
    results = Results(folder)
    sweep = load_sweep("digits", settings)
    facts = look_at_data(sweep.dataset, sweep.training.batch_size, sweep.name)
    study = SweepStudy.create(results.storage_url, sweep, facts)
    run_sweep(study, results.store_url, facts.steps_per_epoch, Silent())
    tables = Tables(study, results.store_url)
    tables.write(results.sweep(sweep.name))
    complete = sum(entry.state == "COMPLETE" for entry in tables.entries)
    if complete != TRIALS:
        raise ValueError(f"all {TRIALS} trials must complete, but got {complete=}")
    return int(tables.trials()["gradient_evaluations_spent"].sum())


def plain(case: Case) -> Turn:
    """Every config from its first epoch to its last; the radius takes no time, so its value does not matter here."""
    torch.set_num_threads(case.threads)
    dataset = photographs(case.folder, case.images)
    pictures, steps = Pictures(dataset), -(-case.images // case.batch_size)

    def turn() -> dict[str, Any]:
        spent = 0
        for switch in SWITCHES * len(RADII):
            net = build_model(ModelConfig(case.model), len(dataset.classes), dataset.in_channels, dataset.image_size)
            training = PlainTraining(net, pictures, case.batch_size, 0, torch.device("cpu"))
            for epoch in range(EPOCHS):
                training.epoch("pugd" if epoch >= switch else "sgd")
                spent += steps * (2 if epoch >= switch else 1)
        return {"spent": spent}

    return turn


def main(folder: str | None) -> None:
    """On the CPU; the service's rows with and without the sharing of equal beginnings."""
    if folder is None:
        raise SystemExit("sweep: needs a folder of photographs, train/CLASS/* and test/CLASS/*")
    threads = torch.get_num_threads()
    case = Case("small", 128, 1000, "cpu", 3, str(Path(folder).resolve()), threads)
    contestants: dict[str, tuple[Callable[..., Turn], tuple[Any, ...]]] = {
        "rts-search": (service, (case, "same_device")),
        "rts-search, sharing off": (service, (case, "off")),
        PLAIN: (plain, (case,)),
    }
    results = take_turns({who: Contestant(*how) for who, how in contestants.items()}, case.runs)
    rows = []
    for who, result in results.items():
        ratio, spent = results[PLAIN].median / result.median, result.facts["spent"]
        measured = {"seconds_median": round(result.median, 1), "times_plain": round(ratio, 2), "spent": spent}
        where = {**device_facts("cpu", threads), **{name: version(name) for name in ("ray", "optuna")}}
        line(
            {**case.facts(), "benchmark": "sweep", "who": who, "trials": TRIALS, **measured, **spread(result), **where}
        )
        rows.append((who, f"{result.median:.1f}", f"{ratio:.2f}", f"{spent:,}"))
    table((f"{TRIALS} trials of {EPOCHS} epochs", "seconds", "times plain", "gradient evaluations spent"), rows)
