"""An editor that knows the JSON Schema and reads YAML 1.1 accepts the shipped files and completes names."""

from importlib import resources
from typing import Any

import jsonschema
import pytest
import yaml

from rts_search.operations.begin import Survey, sweep_file
from rts_search.sweep.sweep_file import shipped_sweeps, sweep_schema
from rts_search.sweep.yaml_reader import parse_yaml
from tests.docs.documents import ROOT
from trainables.core.data.registry import DATASETS
from trainables.core.settings.dataset_config import DATASET_NAMES

SCHEMA = sweep_schema()
TRAINING = SCHEMA["$defs"]["TrainingConfig"]["properties"]


def is_valid(settings: Any) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid({"dataset": {"name": "digits"}, **settings})


@pytest.mark.parametrize("name", shipped_sweeps())
def test_a_shipped_file_means_the_same_in_yaml_1_1_and_fits_the_schema(name: str) -> None:
    content = resources.files("search_spaces").joinpath("sweeps", f"{name}.yaml").read_bytes()
    values = yaml.safe_load(content)
    assert values == parse_yaml(content, name), "PyYAML follows YAML 1.1"
    jsonschema.Draft202012Validator(SCHEMA).validate(values)


def test_the_file_of_init_does_so_too() -> None:
    found = Survey(ROOT, {"ant": 9, "bee": 30}, [], (20, 300, 90), False, False, False, False)
    text = sweep_file(found, "photos", ROOT / "photos.yaml")
    assert yaml.safe_load(text) == parse_yaml(text.encode(), "photos")
    assert is_valid(yaml.safe_load(text))


def test_a_number_with_an_exponent_is_a_number_without_a_point_too() -> None:
    assert parse_yaml(b"training: {lr: 5e-4}", "mine")["training"]["lr"] == 0.0005


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("training.precision", "fp8"),
        ("training.shuffle", "all"),
        ("training.step", "fast"),
        ("training.memory_format", "rows"),
        ("training.bn_stats", "last"),
        ("training.class_weights", "equal"),
        ("training.lr_schedule", "steps"),
        ("training.lr_schedule.name", "steps"),
        ("training.optimizer.name", "lion"),
        ("dataset.name", "mnist"),
        ("dataset.resize", "crop"),
        ("model.bsconv", "t"),
    ],
)
def test_a_wrong_name_is_marked(setting: str, wrong: str) -> None:
    settings: Any = wrong
    for name in reversed(setting.split(".")):
        settings = {name: settings}
    settings.get("dataset", {}).setdefault("name", "digits")
    settings.get("model", {}).setdefault("name", "small")
    assert not is_valid(settings)


def test_the_names_of_data_sets_are_those_that_can_be_read_and_functions() -> None:
    assert tuple(name for name in DATASETS if ":" not in name) == DATASET_NAMES
    for name in (*DATASET_NAMES, "cells:load", "my.package:load"):
        assert is_valid({"dataset": {"name": name}})


def test_a_learning_rate_schedule_is_a_name_or_a_section() -> None:
    assert is_valid({"training": {"lr_schedule": "cosine"}})
    assert is_valid({"training": {"lr_schedule": {"name": "step", "milestones": [0.5]}}})
    assert TRAINING["precision"]["enum"] == ["fp32", "bf16"]
    assert TRAINING["lr"]["default"] == 0.05
