"""The written form of domains: read, written back, and refused when it is wrong."""

import json
from typing import Any

import pytest

from search_spaces.domain_forms import Kind, parse_domain
from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform

WRITTEN: list[tuple[Any, Kind, Domain]] = [
    (0.5, "number", Fixed(0.5)),
    ("cosine", "text", Fixed("cosine")),
    (3, "integer", Fixed(3)),
    ([0.5, 2.0], "number", Choice((0.5, 2.0))),
    (["cosine"], "text", Choice(("cosine",))),
    ({"uniform": [0.0, 1.0]}, "number", Uniform(0.0, 1.0)),
    ({"loguniform": [0.01, 1.0]}, "number", LogUniform(0.01, 1.0)),
    ({"integer": [1, 9]}, "integer", Integer(1, 9)),
    ({"integer": [1, 9, 2]}, "integer", Integer(1, 9, 2)),
]


@pytest.mark.parametrize(("form", "kind", "domain"), WRITTEN)
def test_a_domain_is_read_and_written_back_as_json(form: Any, kind: Kind, domain: Domain) -> None:
    assert parse_domain(form, kind) == domain
    assert json.loads(json.dumps(domain.plain())) == form
    assert parse_domain(domain, kind) is domain


def test_whole_numbers_become_floats_where_numbers_are_wanted() -> None:
    domain = parse_domain([1, 2.5], "number")
    assert [type(value) for value in domain.values() or ()] == [float, float]


@pytest.mark.parametrize(
    ("form", "kind", "rule"),
    [
        ([], "number", "must list at least one value"),
        ([1, 1.0], "number", "must not list a value twice"),
        (True, "number", "must be a number"),
        ([1, False], "integer", "must be an integer"),
        ("1", "number", "must be a number"),
        (1.0, "integer", "must be an integer"),
        (1, "text", "must be a name"),
        (None, "number", "must be a number"),
        (float("nan"), "number", "must be finite"),
        ({"uniform": [1, 1]}, "number", "must have low < high"),
        ({"uniform": [2, 1]}, "number", "must have low < high"),
        ({"uniform": [0, float("inf")]}, "number", "must be {uniform"),
        ({"uniform": [0, "x"]}, "number", r"must be \{uniform: \[low, high\]\}"),
        ({"uniform": [0, 1, 2]}, "number", r"must be \{uniform: \[low, high\]\}"),
        ({"uniform": 1}, "number", r"must be \{uniform: \[low, high\]\}"),
        ({"uniform": [0, 1]}, "integer", "must be an integer, a list of integers"),
        ({"loguniform": [0, 1]}, "number", "must have low > 0"),
        ({"integer": [1, 9.5]}, "integer", r"must be \{integer: \[low, high\]\}"),
        ({"integer": [1, 9, 0]}, "integer", "must have step >= 1"),
        ({"integer": [1, 9, 3]}, "integer", "must have a step that leads from low to high"),
        ({"integer": [1, 9], "uniform": [0, 1]}, "number", "must be a number, a list of numbers"),
        ({"normal": [0, 1]}, "number", "must be a number, a list of numbers"),
        ({}, "number", "must be a number, a list of numbers"),
        ({"uniform": [0, 1]}, "text", "must be a name or a list of names"),
    ],
)
def test_what_is_no_domain_is_refused(form: Any, kind: Kind, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        parse_domain(form, kind)
