"""A figure has data exactly where its function draws one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.figures.has_data import HAS_DATA
from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import Swept


def told(view: SweepView) -> dict[str, bool]:
    return {name: has_data(view) for name, has_data in HAS_DATA.items()}


def drawn(view: SweepView) -> dict[str, bool]:
    return {name: draw(view) is not None for name, draw in FIGURES.items()}


@pytest.mark.parametrize("ended", range(6))
def test_at_every_moment_of_a_sweep(tmp_path: Path, ended: int) -> None:
    swept = Swept(Results(tmp_path))
    study = swept.sweep("mine")
    for _ in range(ended):
        swept.train(study)
    if ended < study.total:
        swept.train(study, epochs=ended, state="RUNNING")
    view = SweepView.of(study)
    assert told(view) == drawn(view)


def test_with_tuned_arms_of_which_one_has_begun(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path))
    tuned = "space={radius: {shape: constant, value: [0.5, 1.0]}, training: {lr: [0.01, 0.1]}}"
    training = "training={epochs: 8, batch_size: 32}"
    study = swept.sweep("mine", training, tuned, "baselines=[{name: sgd, space: {training: {lr: [0.01, 0.1]}}}]")
    for _ in range(3):
        swept.train(study, epochs=2, state="RUNNING")
        view = SweepView.of(study)
        assert told(view) == drawn(view)


def test_of_a_verdict_with_and_without_intervals(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path))
    study = swept.sweep("mine")
    swept.train(study)
    for low in (None, -0.1):
        one = {"trial": 1, "baseline": "sgd", "low": low, "high": 0.1, "difference": 0.0, "seeds": 5, "level": 0.05}
        view = replace(SweepView.of(study), verdict=json.loads(json.dumps({"comparisons": [one]})))
        assert told(view)["verdict"] == (low is not None)
