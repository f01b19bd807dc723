"""A sweep file needs a data set; model, training, space and number of trials have defaults."""

from typing import Any

import jsonschema
import pytest

from rts_search.basics.errors import UserError
from rts_search.sweep.sweep_file import check_sweep, parse_sweep, sweep_schema

DIGITS = {"dataset": {"name": "digits"}}


def checked(**values: Any) -> Any:
    return check_sweep({**DIGITS, **values}, "mine.yaml")


def test_a_data_set_alone_is_a_sweep() -> None:
    sweep = checked()
    assert (sweep.name, sweep.model.name, sweep.num_trials) == ("mine", "small", 24)
    assert (sweep.training.epochs, sweep.training.batch_size, sweep.training.lr) == (12, 32, 0.05)
    assert sweep.space == checked(space="rts").space
    jsonschema.Draft202012Validator(sweep_schema()).validate(DIGITS)


def test_the_data_set_is_asked_for() -> None:
    with pytest.raises(UserError, match=r"mine.yaml: dataset: must be given: .*`rts-search init FOLDER` writes"):
        check_sweep({"model": "small"}, "mine.yaml")
    with pytest.raises(UserError, match=r"^mine.yaml: datset: is no setting here \(did you mean dataset\?\)$"):
        check_sweep({"datset": {"name": "digits"}}, "mine.yaml")


def test_what_the_file_gives_stays() -> None:
    sweep = checked(
        training={"epochs": 3, "momentum": 0.5}, search={"sampler": "random", "trials": 5}, model="resnet18"
    )
    assert (sweep.training.epochs, sweep.training.lr, sweep.training.momentum) == (3, 0.05, 0.5)
    assert (sweep.search.sampler, sweep.num_trials, sweep.model.name) == ("random", 5, "resnet18")


def test_other_limits_of_the_number_of_trials_count() -> None:
    assert checked(budget={"trials": 7}).num_trials == 7
    space = {"radius": {"value": [0.5, 1.0]}}
    assert checked(search={"sampler": "grid"}, space=space).num_trials == 2


def test_a_setting_that_the_space_draws_has_no_default() -> None:
    sweep = checked(space={"training": {"lr": [0.1, 0.2], "batch_size": [16, 64]}})
    assert sweep.training.batch_size == 64, "costs are counted in the largest"


def test_a_record_takes_no_defaults() -> None:
    record = {**checked().to_dict()}
    assert parse_sweep(record, "study") == checked()
    for name in ("model", "space", "search"):
        with pytest.raises(UserError, match=f"study: {name}: is missing"):
            parse_sweep({key: value for key, value in record.items() if key != name}, "study")
