import numpy as np
import pytest

from rts_search.analysis.advice.effects import LEVEL, find_effects
from rts_search.analysis.advice.evidence import Evidence
from rts_search.analysis.advice.features import features_of
from tests.rts_search.analysis.advice.made_up import evidence


def claims(found: Evidence, seed: int = 0) -> list[str]:
    effects = find_effects(features_of(found.settings), found.scores, found.blocks, seed)
    return [effect.feature.name for effect in effects if effect.claimed]


@pytest.mark.parametrize("sweeps", [1, 2])
def test_the_settings_that_act_are_claimed_and_no_others(sweeps: int) -> None:
    assert set(claims(evidence(sweeps=sweeps))) == {"training.lr", "radius.shape"}


def test_a_setting_whose_best_values_lie_in_the_middle_is_found() -> None:
    found = evidence(effect=2.0)
    rate = np.log10(found.settings["training.lr"].to_numpy())
    assert abs(np.corrcoef(rate, found.scores)[0, 1]) < 0.3
    assert "training.lr" in claims(found)


@pytest.mark.slow
@pytest.mark.parametrize(("tables", "most"), [(40, 6), pytest.param(200, 18, marks=pytest.mark.campaign)])
def test_where_nothing_acts_few_tables_hold_any_claim(tables: int, most: int) -> None:
    """More would occur in one of 200 such tests if the share were 5 %."""
    wrong = sum(bool(claims(evidence(40, seed, effect=0.0), seed)) for seed in range(tables))
    assert wrong <= most
    assert LEVEL == 0.05


def test_permuted_scores_of_trials_with_effects_hold_none() -> None:
    found, drawn = evidence(), np.random.default_rng(1)
    tables = [Evidence(found.settings, drawn.permutation(found.scores), found.blocks, {}, ()) for _ in range(50)]
    assert sum(bool(claims(table)) for table in tables) <= 7


def test_a_setting_that_only_goes_along_with_another_is_not_claimed() -> None:
    """What a sampler draws together: wherever lr is good, momentum is high. It adds nothing beside lr."""
    found = evidence(200)
    rate = found.settings["training.lr"].to_numpy()
    noise = np.random.default_rng(0).normal(size=200)
    momentum = -np.abs(np.log10(rate) + 1) + 0.3 * noise
    along = Evidence(found.settings.assign(momentum=momentum), found.scores, found.blocks, found.counts, found.sweeps)
    alone = Evidence(along.settings[["momentum"]], found.scores, found.blocks, found.counts, found.sweeps)
    assert claims(alone) == ["momentum"]
    assert "momentum" not in claims(along)


def test_sweeps_of_different_levels_are_compared_within_themselves() -> None:
    """The second sweep is better and has other values of `idle`: that is no effect of `idle`."""
    found = evidence(80, effect=0.0, sweeps=2)
    apart = found.settings.assign(idle=np.where(found.blocks == 0, 1, 9) + np.arange(80) // 2 % 2)
    assert claims(Evidence(apart, found.scores, found.blocks, found.counts, found.sweeps)) == []
