"""The verdict of tuned arms: one finalist of each at the length of its tuning, with both costs and unequal effort."""

import re
from pathlib import Path

import pytest

from rts_search.analysis.confirmation.page import markdown
from rts_search.analysis.confirmation.tuning import ArmTuning, Tuning
from rts_search.analysis.confirmation.verdict import OF_TUNED_ARMS, Verdict
from rts_search.analysis.confirmation.wording import sentence
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_seeds import FIRST_SEED
from rts_search.study.confirmation_study import ConfirmationStudy
from tests.rts_search.analysis.confirmation.played import Played, noise, reaching
from tests.rts_search.analysis.confirmation.played_arms import FINALISTS, PlayedArms, by_arm
from trainables.core.settings.config import TrialConfig

MEASURED, SCREENED = FIRST_SEED["measuring"], FIRST_SEED["screening"]
AHEAD: dict[str, float] = {"rts": 0.93}


def lengths(played: Played, label: str) -> set[int]:
    """Epochs of the measured runs of a label."""
    runs = ConfirmationStudy.load(played.url, "mine").trials()
    return {entry.settings.training.epochs for entry in runs if entry.baseline == label}


def test_the_finalist_of_rts_is_compared_with_that_of_every_other_arm_at_the_length_of_its_tuning(
    tmp_path: Path,
) -> None:
    played = PlayedArms.of(tmp_path)
    verdict = played.confirm(by_arm(**AHEAD), seeds=5)
    assert [(one.trial, one.baseline, one.baseline_trial) for one in verdict.comparisons] == [
        (0, "sgd", 1),
        (0, "pugd", 2),
    ]
    assert {label for label, _ in played.trained} == {"0", "sgd trial 1", "pugd trial 2"}
    assert (lengths(played, "0"), lengths(played, "sgd trial 1"), lengths(played, "pugd trial 2")) == ({2}, {4}, {2})
    sgd, pugd = verdict.comparisons
    assert (sgd.gradient_evaluations, sgd.baseline_gradient_evaluations) == (24, 32)
    assert (pugd.gradient_evaluations, pugd.baseline_gradient_evaluations) == (24, 32)
    tuned = {one.arm: (one.trials, one.gradient_evaluations) for one in verdict.tuning.arms} if verdict.tuning else {}
    assert tuned == {"rts": (3, 72), "sgd": (3, 96), "pugd": (3, 96)}
    rates = {arm: played.sweep.trials()[number].settings.training.lr for arm, number in FINALISTS.items()}
    assert re.fullmatch(
        rf"RTS \(trial 0: timing.switch_epoch 1, lr {rates['rts']:.3g}\) beats SGD \(trial 1: lr {rates['sgd']:.3g}\) "
        r"by \d\.\d\d points at no more training cost \(\d\d(\.\d+)? % interval \d\.\d\d to \d\.\d\d, look 1, 5 seeds, "
        r"training cost 24 against 32; each the best of 3 trials, 72 and 96 gradient evaluations of tuning\); "
        r"beats PUGD \(trial 2: lr .*\) by .* gradient evaluations of tuning\)\..*",
        sentence(verdict),
    ), sentence(verdict)


def test_without_a_difference_the_sentence_names_costs_and_tuning_too(tmp_path: Path) -> None:
    told = sentence(PlayedArms.of(tmp_path).confirm(by_arm()))
    assert re.search(
        r": No difference to SGD or PUGD is established\. Against SGD \(trial 1: lr [\d.]+\): [+-]0\.\d\d points, 96 % "
        r"interval -0\.\d\d to \+0\.\d\d \(5 seeds, training cost 24 against 32; each the best of 3 trials, 72 and 96 "
        r"gradient evaluations of tuning\)\. Against PUGD \(trial 2: lr ",
        told,
    ), told


@pytest.mark.slow
def test_each_arm_is_screened_for_itself_and_one_finalist_of_each_is_measured_once(tmp_path: Path) -> None:
    played = PlayedArms.of(tmp_path)
    best = {"0": 0.9, "3": 0.93, "sgd trial 1": 0.9, "sgd trial 4": 0.8, "pugd trial 2": 0.91, "pugd trial 5": 0.92}

    def ends(label: str, config: TrialConfig) -> float | str:
        return best[label] + noise(label, config.training.seed, 0.0005)

    verdict = played.confirm(ends, top_k=2, seeds=3, screening_seeds=2)
    assert (verdict.winner, verdict.out_of_reach) == (3, (0, 4, 2))
    assert [(one.baseline, one.baseline_trial) for one in verdict.comparisons] == [("sgd", 1), ("pugd", 5)]
    screened = [run for run in played.trained if run[1] < MEASURED]
    assert screened == [(label, SCREENED + seed) for seed in (0, 1) for label in ("0", "3", *list(best)[2:])]
    measured = {label for label, seed in played.trained if seed >= MEASURED}
    assert measured == {"3", "sgd trial 1", "pugd trial 5"}
    told = markdown(verdict, "mine")
    assert "Left out after the screening, since another trial of their method was better: 0, 4, 2." in told
    assert "| sgd | 3 | 96 | 4 | trial 1 |" in told
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in told.splitlines() if line.startswith("| 3")}) == 1
    assert Verdict.from_dict(verdict.to_dict()) == verdict
    frame = verdict.frame()
    assert list(frame["baseline_trial"]) == [1, 5]
    assert list(frame["tuning_gradient_evaluations"]) == [72, 72]
    assert list(frame["baseline_tuning_gradient_evaluations"]) == [96, 96]
    trained = len(played.trained)
    assert played.confirm(ends, top_k=2, seeds=3, screening_seeds=2) == verdict, "the same again gives the same"
    assert len(played.trained) == trained == 2 * 6 + 3 * 3, "nothing is trained again"


@pytest.mark.slow
def test_at_its_own_cost_a_rival_is_shortened_and_the_sentence_says_so(tmp_path: Path) -> None:
    played = PlayedArms.of(tmp_path, training={"epochs": 4, "batch_size": 32})
    verdict = played.confirm(by_arm(**AHEAD), at="own_cost")
    assert (lengths(played, "0"), lengths(played, "sgd trial 1"), lengths(played, "pugd trial 2")) == ({4}, {7}, {4})
    assert "points at no more training cost" in sentence(verdict)
    assert "training cost 56 against 56" in sentence(verdict)
    assert "SGD was tuned over 8 epochs and measured over 7, at RTS's cost." in sentence(verdict)
    assert "PUGD was tuned over" not in sentence(verdict), "four epochs of PUGD are the fewest that cost no less"
    for one in verdict.comparisons:
        config = played.sweep.trials()[FINALISTS["sgd"]].settings
        assert one.at == "own_cost"
        assert config.timing.switch_epoch == 8
    runs = ConfirmationStudy.load(played.url, "mine").trials()
    assert {r.settings.timing.switch_epoch for r in runs if r.baseline == "sgd trial 1"} == {7}, "SGD to its last epoch"


@pytest.mark.slow
def test_a_claim_at_the_tuned_length_is_none_at_the_own_cost(tmp_path: Path) -> None:
    played = PlayedArms.of(tmp_path, training={"epochs": 4, "batch_size": 32}, baselines=["sgd"])
    first = played.confirm(by_arm(**AHEAD))
    second = played.confirm(by_arm(sgd=0.93), at="own_cost")
    assert [one.outcome for one in (*first.comparisons, *second.comparisons)] == ["better", "not established"]
    assert second.look == 2
    assert len(second.earlier) == 1
    assert second.earlier[0].startswith("RTS (trial 0: ")


def test_where_a_rival_costs_less_than_rts_the_sentence_says_so(tmp_path: Path) -> None:
    amp = {"name": "amp", "inner_steps": 3}
    played = PlayedArms.of(tmp_path, training={"epochs": 3, "batch_size": 32}, baselines=[amp])
    told = sentence(played.confirm(by_arm(**AHEAD)))
    assert "points at 25 % more training cost (" in told
    assert "training cost 40 against 32, 25 % more;" in told


@pytest.mark.slow
def test_unequal_effort_and_an_edge_are_named_in_the_sentence(tmp_path: Path) -> None:
    baselines = [{"name": "sgd", "space": {"training": {"lr": [0.1, 0.2]}}}, "pugd"]
    search = {"sampler": "random", "trials": 3, "effort": {"pugd": 6}}
    verdict = PlayedArms.of(tmp_path, baselines=baselines, search=search).confirm(by_arm(**AHEAD))
    told = sentence(verdict)
    assert (
        "The effort of tuning was not equal: unequal numbers of trials: rts 3, sgd 3, pugd 6; sgd has a space" in told
    )
    assert "the best of 3 trials against the best of 6, 72 and 192 gradient evaluations of tuning" in told
    assert "On the edge of its space, beyond which better settings may lie: " in told
    assert re.search(r"SGD with training\.lr 0\.[12] \((lowest|highest)\)", told)


@pytest.mark.campaign  # of baselines, test_confirmation.py asserts it
def test_a_diverged_and_a_lost_run_of_an_arm_count_as_those_of_a_baseline(tmp_path: Path) -> None:
    played = PlayedArms.of(tmp_path)

    def ends(label: str, config: TrialConfig) -> float | str:
        place = (label, config.training.seed - MEASURED)
        if place in {("sgd trial 1", 0), ("sgd trial 1", 1)}:
            return "diverged: not finite"
        return "out of memory: 3 GB" if place == ("pugd trial 2", 2) else by_arm(**AHEAD)(label, config)

    for _ in range(3):
        with pytest.raises(UserError, match="1 run of the measurement lost, so nothing is judged yet: pugd trial 2 on"):
            played.confirm(ends, seeds=8)
    verdict = played.confirm(ends, seeds=8)
    assert {one.baseline: one.outcome for one in verdict.comparisons} == {"sgd": "better", "pugd": "incomplete"}
    told = sentence(verdict)
    assert re.search(r"beats SGD \(.*\) at no more training cost, which diverged on 2 of 8 seeds \(rank test", told), (
        told
    )
    assert "pugd trial 2 on seed 2000002 (out of memory: 3 GB)" in markdown(verdict, "mine")


def test_a_finalist_that_diverged_claims_nothing_and_both_costs_are_told(tmp_path: Path) -> None:
    def ends(label: str, config: TrialConfig) -> float | str:
        hit = (label, config.training.seed) == ("0", MEASURED + 1)
        return "diverged: not finite" if hit else by_arm(**AHEAD)(label, config)

    told = sentence(PlayedArms.of(tmp_path).confirm(ends, seeds=3))
    assert re.search(r"diverged on 1 of 3 seeds; on the other 2 it is .* above SGD \(trial 1: .*\) \(3 seeds, ", told)
    assert told.count("72 and 96 gradient evaluations of tuning") == 2


def test_an_arm_without_a_completed_trial_is_named_and_not_compared(tmp_path: Path) -> None:
    played = PlayedArms.of(tmp_path)
    confirmation = played.confirmation()
    contenders = [one for one in confirmation.contenders if one.arm != "pugd"]
    told = sentence(played.confirm(by_arm(**AHEAD), contenders=contenders))
    assert "PUGD has no completed trial and is not compared." in told


def test_a_verdict_without_tuned_arms_has_none_of_their_values(tmp_path: Path) -> None:
    verdict = Played.at(tmp_path).searched().confirm(reaching(t3=0.92), seeds=3)
    written = str(verdict.to_dict())
    assert not [name for name in OF_TUNED_ARMS if f"'{name}'" in written]
    assert not OF_TUNED_ARMS & set(verdict.frame().columns)


def test_a_verdict_that_is_told_again_has_the_efforts_of_now() -> None:
    rts, sgd = ArmTuning("rts", 3, 90, 4, 2, "lr 0.1", ("lr (highest)",), 2), ArmTuning("sgd", 3, 60, 8, 4)
    before = Tuning("own_cost", (rts, sgd), ())
    arms = ArmTuning("rts", 3, 90, 4, completed=2), ArmTuning("sgd", 4, 80, 8), ArmTuning("sam", 2, 10, 4)
    now = Tuning("tuned", arms, ("later",))
    told = before.as_of(now)
    assert (told.at, told.unequal) == ("own_cost", ("later",)), "the finalists were measured as before"
    assert told["rts"] == rts
    assert told["sgd"] == ArmTuning("sgd", 4, 80, 8, 4)
    assert told["sam"].trial is None
