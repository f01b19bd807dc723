"""Looks share one error rate: the share of each look, what counts as a look, and the claims of earlier looks."""

from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.confirmation.wording import sentence
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_seeds import FIRST_SEED
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.looks import ALPHA, Spending
from rts_search.study.planned_runs import PlannedRun
from rts_search.sweep.confirm_section import ConfirmBudget
from tests.rts_search.analysis.confirmation.played import Played, reaching
from trainables.core.settings.config import TrialConfig

BETTER, EQUAL = reaching(t3=0.92), reaching()


def test_unplanned_looks_spend_four_fifths_and_then_half_of_what_is_left() -> None:
    spent, each = 0.0, []
    for _ in range(50):
        each.append(Spending(spent).unplanned())
        spent += each[-1]
    assert each[:4] == pytest.approx([0.04, 0.005, 0.0025, 0.00125])
    assert spent <= ALPHA


def test_planned_looks_share_evenly_what_is_left() -> None:
    assert Spending().planned(2) == pytest.approx(0.025)
    assert Spending(0.04).planned(2) == pytest.approx(0.005)
    assert Spending(0.05).planned(2) == 0.0


@pytest.mark.slow
def test_more_seeds_are_a_look_and_a_repeat_is_none_also_of_an_extended_sweep(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    first = played.confirm(EQUAL, seeds=3)
    assert (first.look, first.alpha) == (1, pytest.approx(0.04))
    assert played.confirm(EQUAL, seeds=3) == first
    extended = played.confirm(EQUAL, seeds=3, selected_among=30, seen="extended")
    assert extended == replace(first, selected_among=30, seen="extended"), "the same contenders have the same verdict"
    second = played.confirm(EQUAL, seeds=4)
    assert (second.look, second.alpha) == (2, pytest.approx(0.005))
    again = played.confirm(EQUAL, seeds=3)
    told = "Look 1 judged the same runs; the verdict of the last look, 2, still holds."
    assert again == replace(second, notes=(told,)), "what was judged is not judged again, and no claim is lost by it"
    assert len(ConfirmationStudy.load(played.url, "mine").looks) == 2


def test_another_number_of_contenders_is_a_look(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    assert played.confirm(EQUAL, top_k=2, seeds=3, screening_seeds=2).look == 1
    assert played.confirm(EQUAL, top_k=1, seeds=3).look == 2


@pytest.mark.slow
def test_a_claim_stands_with_the_numbers_and_the_level_of_its_look_and_is_not_tested_again(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    first = played.confirm(BETTER, seeds=4)
    levels = {one.baseline: one.level for one in first.comparisons}
    assert sorted(levels.values()) == pytest.approx([0.92, 0.96]), "Holm's steps at 4 %, two-sided"
    told = sentence(first)
    assert "(96 % interval " in told
    assert ", look 1, 4 seeds, " in told
    assert "at the last look" not in told
    later = played.confirm(reaching(t3=0.5), seeds=8)
    assert [one.outcome for one in later.comparisons] == ["better", "better"]
    assert [one.claim for one in later.comparisons] == [one.claim for one in first.comparisons]
    assert all(one.difference is not None and one.difference < 0 for one in later.comparisons), "but the table has all"
    assert (
        "look 1, 4 seeds, equal cost) (at the last look, on 8 seeds, the mean is 18.84 points below sgd);"
        in sentence(later)
    )
    assert later.frame()["claimed_at_look"].to_list() == [1, 1]
    other = played.confirm(reaching(t4=0.95), top_k=3, seeds=4, screening_seeds=2)
    assert other.winner == 4
    assert other.earlier[0].startswith("Trial 3 (t3) beats sgd by ")


@pytest.mark.slow
def test_planned_looks_end_when_all_is_decided_and_refuse_a_further_one(tmp_path: Path) -> None:
    settings = ("confirm={looks: [3, 5]}",)
    quick = Played.at(tmp_path, name="quick", settings=settings).searched()
    verdict = quick.confirm(BETTER, looks=(3, 5))
    assert (verdict.look, verdict.alpha, verdict.comparisons[0].seeds) == (1, pytest.approx(0.025), 3)
    assert quick.confirm(BETTER, looks=(3, 5)) == verdict
    assert len(quick.trained) == 9
    slow = Played.at(tmp_path, name="slow", settings=(*settings, "model={name: small, options: {width: 9}}")).searched()
    verdict = slow.confirm(EQUAL, looks=(3, 5))
    assert (verdict.look, verdict.alpha, verdict.comparisons[0].seeds) == (2, pytest.approx(0.025), 5)
    trained = len(slow.trained)
    with pytest.raises(UserError, match="slow: the looks so far, its own 2, have used up or reserved the 5 %"):
        slow.confirm(EQUAL, top_k=2, looks=(3, 5))
    assert len(slow.trained) == trained, "it is refused before anything is trained"
    assert slow.confirm(EQUAL, looks=(3,)).look == 2, "what has been judged is shown again"
    assert slow.confirm(EQUAL, looks=(3, 5)) == verdict


@pytest.mark.slow
def test_nothing_is_trained_for_a_look_that_a_budgets_end_has_taken(tmp_path: Path) -> None:
    played = Played.at(tmp_path, settings=("confirm={looks: [5, 8]}",)).searched()
    short = played.confirm(EQUAL, looks=(5, 8), budget=ConfirmBudget(gradient_evaluations=330))
    assert (short.look, short.comparisons[0].seeds) == (1, 4)
    second = played.confirm(EQUAL, looks=(5, 8))
    assert (second.look, second.alpha, second.comparisons[0].seeds) == (2, pytest.approx(0.025), 5)
    assert second.notes == ("All looks have been used, the last one on 5 seeds: 8 seeds are not judged.",)
    trained = len(played.trained)
    assert played.confirm(EQUAL, looks=(5, 8)) == second
    assert (len(played.trained), len(ConfirmationStudy.load(played.url, "mine").looks)) == (trained, 2)


def test_no_further_look_is_taken_at_a_trial_that_diverged(tmp_path: Path) -> None:
    def ends(label: str, config: TrialConfig) -> float | str:
        diverged = label == "3" and config.training.seed == FIRST_SEED["measuring"] + 1
        return "diverged: not finite" if diverged else EQUAL(label, config)

    played = Played.at(tmp_path, settings=("confirm={looks: [3, 5]}",)).searched()
    verdict = played.confirm(ends, looks=(3, 5))
    assert (verdict.look, verdict.comparisons[0].seeds, len(played.trained)) == (1, 3, 9)


def test_the_verdict_of_an_earlier_version_is_the_first_look(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    study = ConfirmationStudy.of(played.url, played.sweep)
    study.record_verdict({"winner": 3, "selected_among": 3, "sentence": "beats all", "comparisons": []})
    verdict = played.confirm(EQUAL, seeds=3)
    assert (verdict.look, verdict.alpha) == (2, pytest.approx(0.005))
    assert played.confirm(EQUAL, seeds=4).look == 3


@pytest.mark.parametrize(
    ("runs", "screening", "measuring"),
    [
        ([("3", 1), ("4", 1), ("3", 2), ("sgd", 2)], [1], [2]),
        ([("3", 1), ("sgd", 1)], [], [1]),
        ([("3", 1), ("4", 1)], [1], []),
        ([("3", 1), ("4", 1), ("3", 1), ("sgd", 1), ("sgd", 2), ("3", 2)], [], []),
    ],
)
def test_a_confirmation_that_an_earlier_version_began_goes_on_with_its_seeds_where_none_did_both(
    tmp_path: Path, runs: list[tuple[str, int]], screening: list[int], measuring: list[int]
) -> None:
    played = Played.at(tmp_path).searched()
    study = ConfirmationStudy.of(played.url, played.sweep)
    config = TrialConfig.from_dict(played.sweep.trials()[3].config or {})
    for label, seed in runs:
        # The batch size tells the configs of different labels apart, as their settings would.
        training = replace(config.training, seed=seed, batch_size=64 + len(label) + ord(label[0]))
        study.plan([PlannedRun(label, replace(config, training=training))])
    assert study.seeds("screening", len(screening) + 1, frozenset())[: len(screening)] == screening
    assert study.seeds("measuring", len(measuring) + 1, frozenset()) == [*measuring, FIRST_SEED["measuring"]]
