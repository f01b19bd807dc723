"""How the options of `rts-search confirm` change the section of the sweep file."""

import pytest

from rts_search.basics.errors import UserError
from rts_search.sweep.confirm_section import ConfirmConfig, confirm_settings
from rts_search.sweep.sections import BudgetConfig


def test_without_a_section_and_options_the_defaults_count() -> None:
    assert confirm_settings(None, None, None) == ConfirmConfig(top_k=3, seeds=5, screening_seeds=3)


def test_options_win_over_the_section() -> None:
    written = ConfirmConfig.model_validate({"top_k": 2, "seeds": 4, "budget": {"hours": 1.0}})
    asked = confirm_settings(written, 1, 8, BudgetConfig(gradient_evaluations=100))
    assert (asked.top_k, asked.seeds) == (1, 8)
    assert asked.budget is not None
    assert (asked.budget.hours, asked.budget.gradient_evaluations) == (1.0, 100)


def test_seeds_choose_one_of_the_planned_looks() -> None:
    written = ConfirmConfig.model_validate({"looks": [3, 5, 8]})
    assert written.seeds == 8
    asked = confirm_settings(written, None, 5)
    assert (asked.looks, asked.seeds) == ((3, 5), 5)
    with pytest.raises(UserError, match="--seeds: must be one of the planned looks, 3, 5, 8, but got 4"):
        confirm_settings(written, None, 4)


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ({"looks": []}, "looks: must name a number of seeds, or be left out"),
        ({"looks": [5, 3]}, r"looks: must rise, but got \[5, 3\]"),
        ({"looks": [3, 5], "seeds": 8}, "seeds: must be left out or the last of `looks`, 5, but got 8"),
    ],
)
def test_looks_that_do_not_fit_are_refused(section: dict[str, object], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        ConfirmConfig.model_validate(section)


@pytest.mark.parametrize(
    ("top_k", "seeds", "line"), [(0, None, "top_k: must be >= 1"), (None, 1, "seeds: must be >= 2")]
)
def test_an_option_out_of_its_range_is_one_line(top_k: int | None, seeds: int | None, line: str) -> None:
    with pytest.raises(UserError, match=f"confirm: {line}, but got"):
        confirm_settings(None, top_k, seeds)
