"""Domains: their values and ends, and what they refuse."""

from typing import Any

import pytest

from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform


@pytest.mark.parametrize(
    ("domain", "values", "lowest", "highest", "size"),
    [
        (Fixed(2), (2,), 2, 2, 1),
        (Choice((3, 1, 2)), (3, 1, 2), 1, 3, 3),
        (Integer(1, 7, 3), (1, 4, 7), 1, 7, 3),
        (Uniform(0.0, 1.0), None, 0.0, 1.0, None),
        (LogUniform(0.1, 1.0), None, 0.1, 1.0, None),
    ],
)
def test_a_domain_knows_its_values_and_ends(
    domain: Domain, values: Any, lowest: float, highest: float, size: int | None
) -> None:
    assert domain.values() == values
    assert (domain.lowest, domain.highest, domain.size) == (lowest, highest, size)


def test_an_integer_range_is_counted_without_being_listed() -> None:
    assert Integer(0, 10**15).size == 10**15 + 1


def test_domains_check_themselves_without_a_file() -> None:
    assert Integer(1, 9, 4).highest == 9
    with pytest.raises(ValueError, match="low < high"):
        Uniform(1.0, 0.0)
    with pytest.raises(ValueError, match="finite"):
        Uniform(0.0, float("inf"))
