"""YAML for people keeps the order of the keys and shows letters as they are."""

from rts_search.basics.yaml_text import yaml_text
from rts_search.sweep.yaml_reader import parse_value


def test_letters_and_signs_are_shown_as_they_are_and_read_back() -> None:
    values = {"root": "/data/Bäume", "told": "radius cosine 0.1→2", "a": [1, 2]}
    text = yaml_text(values)
    assert text.splitlines()[:2] == ["root: /data/Bäume", "told: radius cosine 0.1→2"]
    assert parse_value(text, "mine") == values


def test_what_cannot_be_shown_is_an_escape() -> None:
    assert parse_value(yaml_text({"a": "bell \a"}), "mine") == {"a": "bell \a"}
