"""A section of settings is built from a mapping, says what is wrong with it in one line, and is written back."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from trainables.core.settings.section import ConfigError, Section, first_line, one_of, printable, require


@dataclass(frozen=True)
class Inner(Section):
    """A section in another."""

    ratio: float = 0.5
    name: str | None = None


@dataclass(frozen=True)
class Outer(Section):
    """A section with a setting of every type."""

    number: int
    flag: bool = False
    kind: bool | str = False
    options: dict[str, Any] = field(default_factory=dict)
    inner: Inner = field(default_factory=Inner)


@dataclass(frozen=True)
class Optional(Section):
    """A section that may be left out, and one that has a short form."""

    inner: Inner | None = None
    named: str | Inner = "short"


def test_a_section_may_be_left_out_or_have_a_short_form() -> None:
    assert Optional.from_dict({"inner": None, "named": "x"}) == Optional(None, "x")
    built = Optional.from_dict({"inner": {}, "named": {"ratio": 1}})
    assert built == Optional(Inner(), Inner(1.0))
    assert Optional.from_dict(built.to_dict()) == built
    for values, line in (
        ({"inner": 3}, "inner: must be a mapping of settings, but got 3"),
        ({"inner": {"ratio": "a"}}, "inner.ratio: must be a number, but got 'a'"),
        ({"named": {"rati": 1}}, "named.rati: is no setting here; known are ratio, name"),
        ({"named": 3}, "named: must be a text or a mapping, but got 3"),
    ):
        with pytest.raises(ConfigError, match=f"^{line}$"):
            Optional.from_dict(values)


def test_a_section_is_built_from_nested_mappings_and_written_back_without_unused_settings() -> None:
    built = Outer.from_dict({"number": 3, "kind": "x", "inner": {"ratio": 1}, "options": {"b": 1}})
    assert built == Outer(3, kind="x", inner=Inner(1.0), options={"b": 1})
    assert isinstance(built.inner.ratio, float)
    assert built.to_dict() == {
        "number": 3,
        "flag": False,
        "kind": "x",
        "options": {"b": 1},
        "inner": {"ratio": 1.0},
    }


KNOWN = "is no setting here; known are number, flag, kind, options, inner"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {"number": 1, "nmber": 2},
            f"nmber: {KNOWN}",
        ),
        ({"number": 1, "inner": {"rati": 2}}, "inner.rati: is no setting here; known are ratio, name"),
        (
            {"number": 1, "a\nb": 2},
            rf"'a\nb': {KNOWN}",
        ),
        ({}, "number: is missing"),
        ({"number": 1.0}, "number: must be an integer, but got 1.0"),
        ({"number": True}, "number: must be an integer, but got True"),
        ({"number": 1, "flag": 1}, "flag: must be true or false, but got 1"),
        ({"number": 1, "kind": 2}, "kind: must be true or false or a text, but got 2"),
        ({"number": 1, "options": 2}, "options: must be a mapping, but got 2"),
        ({"number": 1, "inner": 2}, "inner: must be a mapping of settings, but got 2"),
        ({"number": 1, "inner": {"ratio": "1"}}, "inner.ratio: must be a number, but got '1'"),
        ({"number": 1, "inner": {"ratio": True}}, "inner.ratio: must be a number, but got True"),
        ({"number": 1, "inner": {"name": 1}}, "inner.name: must be a text, but got 1"),
    ],
)
def test_a_wrong_mapping_is_refused_with_place_rule_and_value(values: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Outer.from_dict(values)
    assert str(caught.value) == line


def test_an_error_has_its_place_rule_and_value_and_can_be_placed_in_a_section() -> None:
    require(True, "ratio", "must be > 0", 1)
    with pytest.raises(ConfigError) as caught:
        require(False, "ratio", "must be > 0", 0)
    error = caught.value.within("inner").within("outer")
    assert (error.place, error.rule, error.value) == ("outer.inner.ratio", "must be > 0", 0)
    assert ConfigError("", "must be a mapping", 1).within("inner").place == "inner"


def test_a_message_is_one_line() -> None:
    assert first_line(ValueError("\n one\ntwo")) == "one"
    assert first_line(KeyError()) == "KeyError"
    assert printable("a\nb") == r"'a\nb'"
    assert printable("größe") == "größe"
    assert one_of({"a": 1, "b": 2}) == one_of(("a", "b")) == "must be one of a, b"


def test_a_section_is_shown_as_in_a_file() -> None:
    value = {"loguniform": [0.01, 1], "name": "lr", "inner": {"a": True}}
    assert str(ConfigError("space.training.lr", "must be left out", value)) == (
        "space.training.lr: must be left out, but got {loguniform: [0.01, 1], name: lr, inner: {a: True}}"
    )
    assert "\n" not in str(ConfigError("budget", "must be a number", {"a\nb": ["c\nd", {"e\nf": 1}]}))
    assert str(ConfigError("lr", "must be > 0", "0.1 ")) == "lr: must be > 0, but got '0.1 '"
