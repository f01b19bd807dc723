"""How the options of `rts-search confirm` change the section of the sweep file."""

import pytest

from rts_search.basics.errors import UserError
from rts_search.sweep.confirm_section import ConfirmConfig, confirm_settings, require_at
from rts_search.sweep.sections import BudgetConfig
from rts_search.sweep.sweep_file import load_sweep


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


TUNED = ("space={training: {head_lr_factor: {uniform: [1.0, 2.0]}}}", "search={sampler: random, trials: 3}")


def test_the_length_of_rivals_is_a_setting_where_baselines_are_tuned() -> None:
    sweep = load_sweep("digits", [*TUNED, "confirm={at: own_cost}"])
    assert sweep.confirm is not None
    assert sweep.confirm.at == "own_cost"
    assert confirm_settings(sweep.confirm, None, 8).at == "own_cost"
    assert confirm_settings(None, None, None, at="own_cost").at == "own_cost"
    require_at(sweep, sweep.confirm)


def test_without_tuned_baselines_it_would_do_nothing_and_is_refused() -> None:
    line = (
        "confirm.at: is not used without tuned baselines, which train at equal cost: leave it out, but got 'own_cost'"
    )
    with pytest.raises(UserError, match=line):
        load_sweep("digits", ["confirm={at: own_cost}"])
    with pytest.raises(UserError, match=line):
        require_at(load_sweep("digits"), ConfirmConfig(at="own_cost"))
    with pytest.raises(UserError, match="confirm: at: must be one of tuned, own_cost, but got 'longer'"):
        confirm_settings(None, None, None, at="longer")
