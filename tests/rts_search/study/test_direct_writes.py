"""What belongs together is written in one transaction, with its checksum, and again without effect."""

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.samplers import RandomSampler

from rts_search.study.direct_writes import write_draw, write_end, write_study, write_trial
from rts_search.study.study_reader import attributes_of


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    storage = f"sqlite:///{tmp_path / 'studies.sqlite3'}"
    return optuna.create_study(storage=storage, direction="maximize", sampler=RandomSampler(seed=0))


def twice(write: Callable[[], None]) -> None:
    """Write again, as when the answer to the first request was lost."""
    write()
    write()


def test_attributes_and_values_of_a_trial_are_written_together_and_again_without_effect(study: optuna.Study) -> None:
    trial, calls = study.ask(), []

    def repeat(write: Callable[[], None]) -> None:
        calls.append(write)
        write()
        write()  # the answer to the first was lost

    attributes = {"epoch:000000": {"val_acc": 0.5}, "epoch:000001": [1, None]}
    write_trial(study, trial.number, attributes, {0: 0.5, 1: float("inf")}, repeat)
    write_trial(study, trial.number, {"epoch:000001": "changed"}, {1: 0.75}, repeat)
    assert len(calls) == 2
    (found,) = study.trials
    assert found.user_attrs == {"epoch:000000": {"val_acc": 0.5}, "epoch:000001": "changed"}
    assert found.intermediate_values == {0: 0.5, 1: 0.75}


def test_every_attribute_of_a_study_has_a_checksum_and_a_lost_one_is_missed(study: optuna.Study) -> None:
    write_study(study, {"data": {"steps": 8}}, twice)
    write_study(study, {"times": 1.5, "data": {"steps": 9}}, twice)
    found = attributes_of(study)
    assert found["data"] == {"steps": 9}
    assert found["checksums"].keys() == {"data", "times"}


def test_the_checksum_of_a_draw_stays_and_that_of_the_end_comes_beside_it(study: optuna.Study) -> None:
    trial = study.ask()
    trial.suggest_float("x", 0.0, 1.0)
    write_draw(study, 0, {}, {"config": {"lr": 0.1}}, newest=True, insist=twice)
    drawn = study.trials[0].user_attrs["checksum"]
    assert drawn.keys() == {"drawn", "params"}
    assert study.user_attrs == {"begun": 1}
    write_end(study, 0, {"reason": "stopped"}, "PRUNED", None, twice)
    ended = study.trials[0].user_attrs
    assert ended["reason"] == "stopped"
    assert {name: ended["checksum"][name] for name in drawn} == drawn
    assert "ended" in ended["checksum"]


def test_a_study_in_memory_is_written_without_checksums() -> None:
    study = optuna.create_study()
    study.ask()
    write_study(study, {"data": 1}, twice)
    write_draw(study, 0, {}, {"config": {}}, newest=True, insist=twice)
    write_end(study, 0, {"reason": "stopped"}, "PRUNED", None, twice)
    assert attributes_of(study) == {"data": 1}
    assert study.trials[0].user_attrs == {"config": {}, "reason": "stopped"}
