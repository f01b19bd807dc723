"""A section written as one name is the section with this name: in a file, with --set, and in an edited file."""

import json
from typing import Any

import pytest

from rts_search.sweep.overrides import apply_overrides
from rts_search.sweep.short_forms import SHORT
from rts_search.sweep.sweep_file import load_sweep
from rts_search.sweep.yaml_edit import changed
from rts_search.sweep.yaml_reader import parse_value
from tests.rts_search.sweep_files import Write

FILE = """
dataset: digits
model: MODEL
training: {epochs: 8, batch_size: 32, lr: 0.1, lr_schedule: cosine}
space: rts
scheduler: asha
"""
INNER = {
    "dataset": ("num_train", 300),
    "model": ("bsconv", "u"),
    "model.bsconv": ("p", 0.5),
    "scheduler": ("reduction_factor", 3),
    "space": ("timing", {"switch_epoch": [1, 2]}),
    "training.lr_schedule": ("min_lr", 0.01),
}
"""Another setting of each section."""


def text_of(place: str) -> str:
    return FILE.replace("MODEL", "{name: small, bsconv: s}" if place == "model.bsconv" else "small")


def long_form(place: str) -> str:
    """The section with its name and the other setting, as YAML."""
    given: Any = parse_value(text_of(place), "mine")
    for key in place.split("."):
        given = given[key]
    inner, value = INNER[place]
    return json.dumps({SHORT[place]: given, inner: value})


def test_every_short_form_has_a_case() -> None:
    assert INNER.keys() == SHORT.keys()


@pytest.mark.parametrize("place", INNER)
def test_a_setting_beside_the_name_is_set_from_the_command_line(place: str, write: Write) -> None:
    inner, value = INNER[place]
    found = load_sweep(write(text_of(place)), [f"{place}.{inner}={json.dumps(value)}"])
    assert found == load_sweep(write(text_of(place)), [f"{place}={long_form(place)}"])
    assert found != load_sweep(write(text_of(place)))


@pytest.mark.parametrize("place", INNER)
def test_a_setting_beside_the_name_is_set_in_the_text(place: str) -> None:
    inner, value = INNER[place]
    text, values = text_of(place), parse_value(text_of(place), "mine")
    edited = parse_value(changed(text, f"{place}.{inner}", value), "mine")
    assert edited == apply_overrides(values, [f"{place}={long_form(place)}"])
