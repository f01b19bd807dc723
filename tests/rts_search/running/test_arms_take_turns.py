"""Arms begin their trials in turns, however often the sweep is interrupted, and whatever becomes of the trials."""

import math
import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.resumes import STEPS, Curves, Driver
from rts_search.study.arm_halving import ArmHalving
from rts_search.study.data_facts import DataFacts
from rts_search.study.database.storage import open_storage
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep

ARMS = ("rts", "sgd", "pugd", "sam")
TRIALS = 8
SETTINGS = (
    "training.epochs=8",
    f"search={{sampler: random, trials: {TRIALS}}}",
    "baselines=[sgd, pugd, sam]",
    "store.sharing='off'",
    "space={training: {head_lr_factor: {uniform: [1.0, 2.0]}}, timing: {rule: epoch, switch_epoch: [0, 1, 2, 4]}}",
)


def run(folder: Path, seed: int, cuts: int, promotion: bool) -> tuple[list[Counter[str]], SweepStudy]:
    """A sweep that is cut at random moments: how many trials each arm had begun at each cut."""
    scheduler = f"scheduler={{grace_fraction: 0.1, reduction_factor: 2, promotion: {str(promotion).lower()}}}"
    url, chance = f"sqlite:///{folder / 'studies.sqlite3'}", random.Random(seed)
    SweepStudy.create(url, load_sweep("digits", [*SETTINGS, scheduler]), DataFacts("f", STEPS, 256, 64, 360))
    storage, begun = open_storage(url), []

    def driver(most: float = math.inf) -> Driver:
        return Driver(SweepStudy.kept_in(storage, "digits"), Curves(seed), chance, most)

    for _ in range(cuts):
        cut = driver(chance.randrange(5, 100))
        cut.run()
        begun.append(Counter(entry.arm for entry in cut.study.trials()))
        assert rungs(cut.halving) == rungs(driver().halving), "a resume restores the rungs of every arm"
    last = driver()
    last.run()
    return begun, last.study


def rungs(halving: object) -> dict[str, object]:
    assert isinstance(halving, ArmHalving)
    return {arm: halving.of(arm).rungs for arm in ARMS}


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "promotion"), [(0, True), pytest.param(1, False, marks=pytest.mark.campaign)])
def test_after_every_cut_the_arms_have_begun_as_many_trials(tmp_path: Path, seed: int, promotion: bool) -> None:
    begun, study = run(tmp_path, seed, cuts=8, promotion=promotion)
    for counts in begun:
        numbers = [counts[arm] for arm in ARMS]
        assert max(numbers) - min(numbers) <= 1, counts
    assert len({sum(counts.values()) for counts in begun}) > 3, "the cuts are at different moments"
    assert study.ended
    assert Counter(entry.arm for entry in study.trials()) == dict.fromkeys(ARMS, TRIALS)
    completed = {entry.arm for entry in study.trials() if entry.completed}
    assert completed == set(ARMS) or not promotion, "in sam the best diverges, and the next one goes on"


@pytest.mark.slow
def test_what_stops_a_trial_early_names_the_length_of_its_arm(tmp_path: Path) -> None:
    _, study = run(tmp_path, 3, cuts=0, promotion=False)
    reasons = {entry.reason for entry in study.trials() if entry.state == "PRUNED" and entry.arm == "sgd"}
    assert reasons
    assert all(reason.endswith("of 16 epochs") for reason in reasons)
