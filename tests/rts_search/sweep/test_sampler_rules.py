"""A sampler or a confirmation that does not fit the rest of the sweep file is refused in one line."""

import pytest

from tests.rts_search.sweep_files import MINE, Write, refusal

CASES = [
    (
        ("search.sampler=cmaes",),
        "search.sampler: needs a range such as {uniform: [0.5, 2.0]} in `space`; take tpe or gp for choices alone, but "
        "got 'cmaes'",
    ),
    (
        ("search.sampler=nsga2",),
        "scheduler.name: must be none with search.sampler nsga2, since a trial that is stopped early has only one of "
        "its two objectives, but got 'asha'",
    ),
    (
        ("search.sampler=qmc", "search.warm_start=other"),
        "search.warm_start: is not used by qmc, which does not learn from trials: leave it out, but got 'other'",
    ),
    (
        ("confirm={top_k: 1}", "baselines=[]"),
        "baselines: must not be empty with `confirm`, which compares with baselines, but got []",
    ),
    (("search.warm_start=mine",), "search.warm_start: must be another sweep than this one, but got 'mine'"),
]


@pytest.mark.parametrize(("settings", "line"), CASES, ids=[" ".join(settings) for settings, _ in CASES])
def test_settings_that_do_not_fit_together_are_refused(write: Write, settings: tuple[str, ...], line: str) -> None:
    assert refusal(write(MINE), *settings).endswith(line)
