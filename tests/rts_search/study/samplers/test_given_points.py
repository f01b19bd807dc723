"""The points that a sweep file gives are tried first by every sampler, and a resume goes on as if nothing had been."""

from pathlib import Path
from typing import Any, get_args

import pytest

from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
from rts_search.sweep.sections import SamplerName
from rts_search.sweep.sweep_file import load_sweep, parse_sweep
from tests.rts_search.sweep_files import refusal

FACTS = DataFacts("fingerprint", 8, 256, 64, 360)
PLAIN = "training={epochs: 4, batch_size: 32}"
RANGES = "space={radius: {value: {uniform: [0.1, 2]}}, training: {lr: {loguniform: [0.01, 1]}}}"
LISTS = "space={radius: {value: [0.5, 1, 2]}, training: {lr: [0.1, 1]}}"
UNTIL_IT_LEARNS = {"tpe": 13, "gp": 13, "cmaes": 14}
"""Trials until a sampler has learned from some; the others do not learn from so few."""
POINTS = "search.points=[{radius: {value: 0.5}, training: {lr: 0.1}}, {radius: {value: 2}, training: {lr: 1}}]"


def drawn(folder: Path, sampler: str, *settings: str, parts: int = 1) -> list[tuple[float, float]]:
    """Radius and rate of every trial of the search, drawn by several processes one after another."""
    url = f"sqlite:///{folder / f'{sampler}-{parts}-{len(settings)}'}.sqlite3"
    space = LISTS if sampler == "grid" else RANGES
    trials = (8 if settings else 6) if sampler == "grid" else UNTIL_IT_LEARNS.get(sampler, 6)
    search = f"search={{sampler: {sampler}, trials: {trials}}}"
    sweep = load_sweep("digits", [PLAIN, space, search, "scheduler=none", "baselines=[]", "confirm=null", *settings])
    assert parse_sweep(sweep.to_dict(), "record") == sweep
    study = SweepStudy.create(url, sweep, FACTS)
    for number in range(study.total):
        if number % (study.total // parts) == 0:
            study = SweepStudy.load(url, "digits")
        begun = study.open_trials.begin()
        value = 1 / (1 + abs(begun.settings.training.lr - 0.3))
        study.open_trials.record_epoch(number, EpochEntry(0, str(number), "here", True, 16, value))
        study.open_trials.finish(number, "COMPLETE")
    settled = [entry.settings for entry in study.trials()]
    return [(one.radius.value or 0.0, one.training.lr) for one in settled]


@pytest.mark.slow
@pytest.mark.parametrize("sampler", get_args(SamplerName))
def test_every_sampler_tries_them_first_and_then_draws_its_own(tmp_path: Path, sampler: str) -> None:
    found = drawn(tmp_path, sampler, POINTS)
    assert found[:2] == [(0.5, 0.1), (2.0, 1.0)]
    assert drawn(tmp_path, sampler, POINTS, parts=3) == found
    if sampler in ("grid", "qmc"):
        assert found[2:] == drawn(tmp_path, sampler)[: len(found) - 2]


@pytest.mark.parametrize(
    ("points", "line"),
    [
        (
            "[{radius: {value: 3}, training: {lr: 0.1}}]",
            "search.points.0.radius.value: must be a number from 0.1 to 2, but got 3",
        ),
        ("[{radius: {value: 1}}]", "search.points.0.training.lr: must be given: a number from 0.01 to 1"),
        ("[{}, {}, {}, {}, {}]", "search.points: must be at most 4 points, the number of trials, but got 5"),
        ("{radius: {value: 3}}", "search.points: must be a list, but got {radius: {value: 3}}"),
        ("[1]", "search.points.0: must be a mapping of settings, but got 1"),
    ],
)
def test_points_that_cannot_be_tried_are_refused(points: str, line: str) -> None:
    settings: list[Any] = [PLAIN, RANGES, "search={trials: 4}", f"search.points={points}"]
    assert refusal("digits", *settings) == f"--set: {line}"
