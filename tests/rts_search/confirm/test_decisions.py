"""How often a win is claimed where there is none, and found where there is one: searched, screened and measured."""

import numpy as np
import pytest

from rts_search.confirm.decisions import in_reach, judge, order_of

SEARCHED, TOP_K, SCREENING, SEEDS, BASELINES = 20, 3, 3, 5, ("sgd", "pugd")
"""As the service does it by default."""


def claims(gains: np.ndarray, chance: np.random.Generator) -> list[dict[str, str]]:
    """The outcomes of one sweep and its confirmation, the chosen contender first.

    A run's accuracy is its method's, plus what its seed does to every method, plus noise of its own; both have half of
    the variance 1. `gains` are those of the searched settings over the baselines.
    """

    def runs(means: np.ndarray, seeds: int) -> np.ndarray:
        common, own = chance.standard_normal(seeds), chance.standard_normal((len(means), seeds))
        return means[:, None] + np.sqrt(0.5) * (common + own)

    top = gains[np.argsort(-runs(gains, 1)[:, 0])[:TOP_K]]
    screened = runs(top, SCREENING)
    order = order_of(screened)
    reach = in_reach(screened, order[0])
    staying = [index for index in order if reach[index]]
    measured = runs(np.concatenate([top[staying], np.zeros(len(BASELINES))]), SEEDS)
    baselines = dict(zip(BASELINES, measured[len(staying) :], strict=True))
    judged = judge([(measured[place], baselines) for place in range(len(staying))])
    return [{name: one.outcome for name, one in against.items()} for against in judged]


def test_of_null_sweeps_few_claim_a_win() -> None:
    chance = np.random.default_rng(0)
    sweeps = [claims(np.zeros(SEARCHED), chance) for _ in range(400)]
    wins = sum(any("better" in against.values() for against in sweep) for sweep in sweeps)
    assert wins <= 400 * 0.05 + 2 * np.sqrt(400 * 0.05 * 0.95), "5 % and the error of 400 draws"


def test_a_gain_of_two_standard_deviations_is_found() -> None:
    chance = np.random.default_rng(1)
    sweeps = [claims(np.full(SEARCHED, 2.0), chance) for _ in range(200)]
    assert sum("better" in sweep[0].values() for sweep in sweeps) >= 0.9 * 200


def test_a_further_contender_claims_only_what_the_first_has_shown() -> None:
    chance = np.random.default_rng(2)
    base, strong = chance.standard_normal(5) / 100, 1.0 + chance.standard_normal(5) / 100
    weak = base + chance.standard_normal(5) / 100
    first, second = judge([(weak, {"sgd": base}), (strong, {"sgd": base})])
    assert (first["sgd"].outcome, second["sgd"].outcome) == ("not established", "not established")
    first, second = judge([(strong, {"sgd": base}), (strong + 0.001, {"sgd": base})])
    assert (first["sgd"].outcome, second["sgd"].outcome) == ("better", "better")


def test_who_is_far_behind_in_the_screening_gets_no_more_seeds() -> None:
    val_acc = np.array([[0.90, 0.91, 0.92], [0.70, 0.71, 0.73], [0.905, 0.90, 0.921]])
    assert order_of(val_acc)[-1] == 1
    assert in_reach(val_acc, order_of(val_acc)[0]) == [True, False, True]
    assert in_reach(val_acc[:1], 0) == [True]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_better_and_worse_are_told_apart(sign: float) -> None:
    chance = np.random.default_rng(3)
    base = chance.standard_normal(5) / 100
    (judged,) = judge([(base + sign * (0.5 + chance.standard_normal(5) / 100), {"sgd": base})])
    assert judged["sgd"].outcome == ("better" if sign > 0 else "worse")
