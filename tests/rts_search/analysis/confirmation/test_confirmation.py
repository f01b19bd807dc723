"""The course of a confirmation: which runs are trained and repeated, compared at what cost, and what is claimed."""

import re
from pathlib import Path

import pytest

from rts_search.analysis.confirmation.page import head, markdown
from rts_search.analysis.confirmation.wording import sentence
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_seeds import FIRST_SEED
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.sweep.confirm_section import ConfirmBudget
from tests.rts_search.analysis.confirmation.played import RULED, End, Played, reaching
from trainables.core.settings.config import TrialConfig

MEASURED, SCREENED = FIRST_SEED["measuring"], FIRST_SEED["screening"]


def except_for(label: str, end: float | str, seeds: set[int] | None = None) -> End:
    """Trial 3 is better than all else; runs of a label, on all seeds or some, end otherwise."""

    def ends(run: str, config: TrialConfig) -> float | str:
        seed = config.training.seed
        hit = run == label and (seeds is None or seed - MEASURED in seeds)
        return end if hit else reaching(t3=0.92)(run, config)

    return ends


@pytest.mark.slow
def test_a_lost_run_is_tried_again_and_when_it_is_given_up_its_comparison_is_incomplete(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    lost = except_for("sgd", "lost: its worker died 6 times: int | None", {0, 1})
    for tries in range(1, 4):
        with pytest.raises(UserError, match="2 runs of the measurement lost, so nothing is judged yet: sgd on") as told:
            played.confirm(lost, seeds=3)
        assert (
            "(lost: its worker died 6 times: int | None); remove the cause and try again with `rts-search confirm mine`"
            in str(told.value)
        )
        assert [run for run in played.trained if run == ("sgd", MEASURED)] == [("sgd", MEASURED)] * tries
    verdict = played.confirm(lost, seeds=3)
    outcomes = {one.baseline: one.outcome for one in verdict.comparisons}
    assert outcomes == {"sgd": "incomplete", "pugd": "better"}
    told = markdown(verdict, "mine")
    assert r"sgd on seeds 2000000, 2000001 (lost: its worker died 6 times: int \| None)" in told
    table = [line for line in told.splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table}
    assert widths == {len(head(verdict)) + 1}, "a reason with a bar does not break the table"
    assert "against sgd the comparison is incomplete, since runs were lost" in sentence(verdict)
    assert played.confirm(lost, seeds=3) == verdict
    assert len(played.trained) == 3 * 3 + 2 * 3, "a run that was lost four times is given up"


@pytest.mark.slow
def test_where_every_run_of_the_only_baseline_is_lost_nothing_is_claimed_and_no_look_is_spent(tmp_path: Path) -> None:
    played = Played.at(tmp_path, settings=("baselines=[sgd]",)).searched()
    lost = except_for("sgd", "out of memory: 3 GB")
    for _ in range(3):
        with pytest.raises(UserError, match="nothing is judged yet"):
            played.confirm(lost, seeds=3)
    verdict = played.confirm(lost, seeds=3)
    assert (verdict.look, verdict.comparisons[0].difference, verdict.comparisons[0].outcome) == (
        None,
        None,
        "incomplete",
    )
    assert ConfirmationStudy.load(played.url, "mine").looks == []


def test_a_run_that_is_lost_once_and_then_trained_counts_like_any_other_and_the_sentence_gives_the_measured_costs(
    tmp_path: Path,
) -> None:
    played = Played.at(tmp_path).searched()
    with pytest.raises(UserError, match="1 run of the measurement lost"):
        played.confirm(except_for("sgd", "missing weights: gone", {1}), seeds=3)
    verdict = played.confirm(except_for("none", 0.0), seeds=3)
    assert [one.outcome for one in verdict.comparisons] == ["better", "better"]
    assert (verdict.look, len(played.trained)) == (1, 10)
    sgd, pugd = verdict.comparisons
    assert (sgd.gradient_evaluations, sgd.baseline_gradient_evaluations) == (24, 24)
    assert (pugd.gradient_evaluations, pugd.baseline_gradient_evaluations) == (24, 32)
    assert "3 seeds, equal cost)" in sentence(verdict)
    assert "3 seeds, pugd got 33 % more)" in sentence(verdict)


def test_a_run_that_cannot_be_tested_makes_its_comparison_incomplete(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    for _ in range(3):
        with pytest.raises(
            UserError, match="3 runs could not be tested, so nothing is judged yet: no memory; remove the cause"
        ):
            played.confirm(reaching(t3=0.92), untested=["sgd"], seeds=3)
    verdict = played.confirm(reaching(t3=0.92), untested=["sgd"], seeds=3)
    assert [one.outcome for one in verdict.comparisons] == ["incomplete", "better"]
    assert "sgd on seeds 2000000, 2000001, 2000002 (could not be tested)" in verdict.comparisons[0].missing
    again = played.confirm(reaching(t3=0.92), seeds=3)
    assert ([one.outcome for one in again.comparisons], again.look) == (["better", "better"], 2)


@pytest.mark.slow
def test_a_contender_that_diverged_on_some_seeds_beats_no_baseline(tmp_path: Path) -> None:
    verdict = Played.at(tmp_path).searched().confirm(except_for("3", "diverged: not finite", {1, 4}))
    assert [one.outcome for one in verdict.comparisons] == ["diverged", "diverged"]
    assert [(one.holm_p, one.low, one.diverged) for one in verdict.comparisons] == [(1.0, None, 2)] * 2
    assert "diverged on 2 of 5 seeds; on the other 3 it is " in sentence(verdict)
    assert "points above sgd and " in sentence(verdict)
    end = "points above pugd, which establishes nothing. The baselines are untuned, at lr 0.05."
    assert sentence(verdict).endswith(end)


@pytest.mark.slow
def test_a_baseline_that_diverged_is_compared_by_a_rank_test(tmp_path: Path) -> None:
    diverging = except_for("sgd", "diverged: not finite", {1, 3})
    verdict = Played.at(tmp_path).searched().confirm(diverging, seeds=8)
    assert [one.outcome for one in verdict.comparisons] == ["better", "better"]
    assert "beats sgd, which diverged on 2 of 8 seeds (rank test, p 0.004, look 1, 8 seeds, equal cost)" in sentence(
        verdict
    )


def test_where_the_data_decide_the_switch_a_baseline_gets_what_the_contender_cost_on_that_seed(tmp_path: Path) -> None:
    settings = ("training.epochs=4", "baselines=[sgd]")
    # On seeds MEASURED + 0, 1, 2 PUGD starts with epoch 1, 2 and 3, so that 7, 6 and 5 epochs of SGD cost as much.
    played = Played.at(tmp_path, space=RULED, settings=settings)
    played.searched()
    verdict = played.confirm(reaching(t3=0.92), seeds=3)
    runs = [entry for entry in ConfirmationStudy.load(played.url, "mine").trials() if entry.baseline == "sgd"]
    assert {entry.config["training"]["seed"] - MEASURED: len(entry.epochs) for entry in runs if entry.config} == {
        0: 7,
        1: 6,
        2: 5,
    }
    assert verdict.comparisons[0].same_cost
    contenders, baselines = played.trained[:3], played.trained[3:]
    assert ({label for label, _ in contenders}, {label for label, _ in baselines}) == ({"3"}, {"sgd"})


def test_where_such_a_contender_diverged_its_baseline_gets_the_median_of_its_other_seeds(tmp_path: Path) -> None:
    settings = ("training.epochs=4", "baselines=[sgd]")
    played = Played.at(tmp_path, space=RULED, settings=settings)
    played.searched().confirm(except_for("3", "diverged: not finite", {0}), seeds=4)
    runs = [entry for entry in ConfirmationStudy.load(played.url, "mine").trials() if entry.baseline == "sgd"]
    costs = {e.config["training"]["seed"] - MEASURED: e.cost for e in runs if e.config}
    assert costs == {0: 40, 1: 48, 2: 40, 3: 32}


@pytest.mark.slow
def test_seeds_that_have_screened_are_never_measured(tmp_path: Path) -> None:
    played = Played.at(tmp_path, settings=("baselines=[sgd]",)).searched()
    played.confirm(reaching(t3=0.92), top_k=3, seeds=3, screening_seeds=2)
    screened = {seed for _, seed in played.trained[:6]}
    assert screened == {SCREENED, SCREENED + 1}
    played.confirm(reaching(t3=0.92), top_k=1, seeds=5)
    study = ConfirmationStudy.load(played.url, "mine")
    assert {seed for label, seed in played.trained if label == "sgd"} == {MEASURED + place for place in range(5)}
    assert not screened & set(study.seeds("measuring", 5, frozenset()))


def test_seeds_of_the_sweep_itself_are_left_out(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    played.confirm(reaching(), seeds=3, used_seeds=frozenset({MEASURED + 1}))
    assert {seed - MEASURED for _, seed in played.trained} == {0, 2, 3}


def test_a_contender_that_diverged_in_the_screening_is_out(tmp_path: Path) -> None:
    played = Played.at(tmp_path, settings=("baselines=[sgd]",)).searched()

    def ends(label: str, config: TrialConfig) -> float | str:
        if label == "3" and config.training.seed == SCREENED:
            return "diverged: not finite"
        return reaching(t3=0.99, t2=0.95)(label, config)

    verdict = played.confirm(ends, top_k=2, seeds=3, screening_seeds=2)
    assert (verdict.winner, verdict.out_of_reach) == (2, (3,))


def test_a_run_far_from_the_others_is_named_in_sentence_and_table(tmp_path: Path) -> None:
    verdict = Played.at(tmp_path).searched().confirm(except_for("sgd", 0.5, {2}))
    assert "Far from the other runs of its method: sgd on seed 2000002; check it" in sentence(verdict)
    assert "far: sgd on seed 2000002" in markdown(verdict, "mine")
    assert "depends on one seed" not in markdown(verdict, "mine"), "without that seed the difference is established too"


def test_at_a_budgets_end_a_diverged_seed_keeps_the_baseline_that_it_was_given(tmp_path: Path) -> None:
    settings = ("training.epochs=8", "baselines=[sgd]")
    # The median cost of the other seeds is another one without the last seed, which the budget leaves open.
    played = Played.at(tmp_path, space=RULED, settings=settings, switches=lambda seed: (1, 2, 2, 5, 8)[seed % 5])
    budget = ConfirmBudget(gradient_evaluations=800)
    verdict = played.searched().confirm(except_for("3", "diverged: not finite", {1}), seeds=5, budget=budget)
    (one,) = verdict.comparisons
    assert (verdict.look, one.seeds, one.outcome, one.missing) == (1, 4, "diverged", "")


def test_the_sentence_on_a_diverged_trial_says_where_a_baseline_diverged_too(tmp_path: Path) -> None:
    def ends(label: str, config: TrialConfig) -> float | str:
        diverged = (label, config.training.seed - MEASURED) in {("3", 0), ("sgd", 1), ("sgd", 2)}
        return "diverged: not finite" if diverged else reaching(t3=0.92)(label, config)

    told = sentence(Played.at(tmp_path).searched().confirm(ends))
    assert "diverged on 1 of 5 seeds; on the other 4 it is " in told
    assert " points above sgd (which diverged on 2 itself) and " in told


def test_a_contender_whose_screening_was_lost_is_not_called_too_far_behind(tmp_path: Path) -> None:
    played = Played.at(tmp_path, settings=("baselines=[sgd]",)).searched()

    def ends(label: str, config: TrialConfig) -> float | str:
        lost = label == "3" and config.training.seed == SCREENED
        return "lost: its worker died 6 times" if lost else reaching(t3=0.92)(label, config)

    for _ in range(3):
        with pytest.raises(UserError, match="1 run of the screening lost"):
            played.confirm(ends, top_k=2, seeds=3, screening_seeds=2)
    verdict = played.confirm(ends, top_k=2, seeds=3, screening_seeds=2)
    assert verdict.out_of_reach == (3,)
    assert "Left out after the screening: 3. They were too far behind, or had no result" in markdown(verdict, "mine")
