"""The work of one worker: the data and the weights must be those of the run."""

from pathlib import Path

import pytest
import torch

from rts_search.running.landscape_task import LandscapeTask, cost_of, measure_run, wanted
from rts_search.study.landscape_record import LandscapeRecord, MeasuredRun
from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset, load_dataset
from trainables.core.history.store import Store
from trainables.core.landscape.image_loss import Given
from trainables.core.landscape.measurements import LandscapeSettings, Passes
from trainables.core.training.trial import Trial
from trainables.order import TrialOrder

SETTINGS = {"seed": 0}


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset(small_config().dataset)


@pytest.fixture
def task(tmp_path: Path, digits: Dataset) -> LandscapeTask:
    """A run of one epoch whose state is in the store."""
    config, store = small_config(epochs=1, switch_epoch=1), str(tmp_path / "store")
    (last,) = Trial(config, digits, Store(store), "sweep/0").epochs()
    order = TrialOrder(0, "sweep/0", config.to_dict(), store, "same_device", (), 30.0, 1)
    run = MeasuredRun("rts", "trial 0", 0, 1, last.stored.key, last.stored.provenance)
    record = tmp_path / "landscape.json"
    LandscapeRecord(record).begin(SETTINGS, [run])
    measured = LandscapeSettings(0, steps=3, vectors=2, most_iterations=2)
    given = Given("train", 20, 0)
    progress = str(tmp_path / "progress")
    return LandscapeTask(
        str(record), progress, SETTINGS, given, measured, run, order.to_dict(), False, 1, digits.fingerprint
    )


def measured_of(task: LandscapeTask) -> dict[str, dict[str, object]]:
    landscape = LandscapeRecord(Path(task.record)).read()
    assert landscape is not None
    return landscape.runs[0].measured


def test_everything_is_measured_and_what_is_on_record_is_not_measured_again(task: LandscapeTask) -> None:
    task.run.measured["plane"] = {}
    precision = torch.get_float32_matmul_precision()
    assert measure_run(task) == ""
    found = measured_of(task)
    assert list(found) == ["curve", "sharpness", "eigenvalue", "trace"]
    assert {name: (one["values"], one["gradients"], one["products"]) for name, one in found.items()} == {
        "curve": (3, 0, 0),
        "sharpness": (10, 2, 0),
        "eigenvalue": (0, 0, 2),
        "trace": (0, 0, 2),
    }
    assert torch.get_float32_matmul_precision() == precision
    lines = Path(task.progress).read_text().splitlines()
    assert lines[:3] == [
        "rts (trial 0, seed 0): loading the data",
        "rts (trial 0, seed 0): reading the weights",
        "rts (trial 0, seed 0): surface in one dimension",
    ]


def test_other_data_and_missing_weights_are_told_and_nothing_is_measured(task: LandscapeTask) -> None:
    from dataclasses import replace

    assert "must be those that it was trained on" in measure_run(replace(task, fingerprint="other"))
    store = Store(str(task.order["store"]))
    store.drop_state(task.run.key, task.run.provenance)
    assert "its weights cannot be read" in measure_run(task)
    assert measured_of(task) == {}
    assert measure_run(replace(task, trains=True)) == ""
    assert store.has_state(task.run.key, task.run.provenance)
    assert set(measured_of(task)) == set(wanted(task.run))


def test_only_the_first_run_of_a_method_has_a_plane() -> None:
    first, second = (MeasuredRun("rts", "trial 0", 0, 1, "k", "p", one) for one in (True, False))
    assert set(wanted(first)) - set(wanted(second)) == {"plane"}


def test_recomputed_statistics_cost_one_more_pass_at_each_place() -> None:
    kept, again = (Given("train", 100, 0, statistics=one) for one in ("kept", "recomputed"))
    assert cost_of("curve", Passes(values=30), kept, 100) == 10
    assert cost_of("curve", Passes(values=30), again, 100) == 20
    assert cost_of("trace", Passes(products=2), again, 100) == 7
