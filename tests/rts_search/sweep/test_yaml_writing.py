"""Values as YAML: what is written is read back, by YAML 1.1 too."""

import pytest
import yaml

from rts_search.sweep.yaml_reader import parse_yaml
from rts_search.sweep.yaml_writing import scalar, written


def test_sections_are_blocks_and_lists_and_ranges_are_lines() -> None:
    values = {"space": {"lr": {"loguniform": [1e-05, 1.0]}, "shape": ["sine", "cosine"]}, "confirm": {}, "track": []}
    text = "space:\n  lr: {loguniform: [1.0e-05, 1.0]}\n  shape: [sine, cosine]\nconfirm: {}\ntrack: []\n"
    assert written(values) == text
    assert parse_yaml(text.encode(), "") == values


@pytest.mark.parametrize(
    "value",
    [
        "a",
        "/data/x y",
        "null",
        "yes",
        "1e5",
        "1.0",
        "",
        " a",
        "a ",
        "a: b",
        "a #b",
        "- a",
        "é",
        "\x85",
        'q"',
        "a,b",
        "~",
    ],
)
def test_every_text_is_read_back_as_a_text(value: str) -> None:
    line = f"[{scalar(value)}]"
    assert yaml.safe_load(line) == [value]
    assert parse_yaml(f"a: {line}".encode(), "") == {"a": [value]}


@pytest.mark.parametrize("value", [1, -3, 0.1, 1e-5, 1e16, 1.5e300, True, False, None])
def test_every_number_is_read_back_as_a_number(value: object) -> None:
    assert yaml.safe_load(scalar(value)) == value
    assert parse_yaml(f"a: {scalar(value)}".encode(), "") == {"a": value}
