"""Points with the effect of an earlier point are recognised, and get another seed where the sweep says so."""

from pathlib import Path

import pytest

from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.trial_configs import effect_of
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.settings.config import ScheduleConfig, TimingConfig, TrialConfig

FACTS = DataFacts("fingerprint", 8, 256, 64, 360)
SPACE = "space={radius: {shape: [constant, cosine], value: 0.5, beta_min: 0.5, beta_max: [0.5, 2.0]}}"


def drawn(folder: Path, repeats: str, parts: int = 1) -> list[tuple[int, str, int, int | None]]:
    """Number, baseline, seed and repeated trial of all trials, drawn by several processes one after another."""
    url = f"sqlite:///{folder / f'{repeats}-{parts}'}.sqlite3"
    settings = (SPACE, "search={sampler: random, trials: 12}", f"search.repeats={repeats}", "training.seed=7")
    study = SweepStudy.create(url, load_sweep("digits", settings), FACTS)
    for number in range(study.total):
        if number % (study.total // parts) == 0:
            study = SweepStudy.load(url, "digits")
        study.open_trials.begin()
    entries = study.trials()
    seeds = [entry.settings.training.seed for entry in entries]
    return [(entry.number, entry.baseline, seed, entry.repeats) for entry, seed in zip(entries, seeds, strict=True)]


def test_a_repeat_keeps_its_seed_unless_the_sweep_says_otherwise(tmp_path: Path) -> None:
    assert {(seed, repeats) for _, _, seed, repeats in drawn(tmp_path, "answer")} == {(7, None)}


def test_every_repeat_gets_the_next_seed(tmp_path: Path) -> None:
    trials = drawn(tmp_path, "reseed")
    assert [(seed, repeats) for _, baseline, seed, repeats in trials if baseline] == [(7, None)] * 3
    seeds: dict[int, list[int]] = {}
    for number, baseline, seed, repeats in trials:
        if not baseline:
            seeds.setdefault(number if repeats is None else repeats, []).append(seed)
    assert 1 < len(seeds) < 4, "constant and cosine from 0.5 to 0.5 are the same"
    assert all(found == list(range(7, 7 + len(found))) for found in seeds.values())


def test_an_interrupted_sweep_reseeds_as_one_that_is_not(tmp_path: Path) -> None:
    assert drawn(tmp_path, "reseed", parts=5) == drawn(tmp_path, "reseed", parts=1)


def trial(radius: ScheduleConfig, timing: TimingConfig) -> TrialConfig:
    sweep = load_sweep("digits")
    return TrialConfig(sweep.dataset, sweep.model, sweep.training, radius, timing=timing)


HALF, WANING = ScheduleConfig(value=0.5), ScheduleConfig("cosine", beta_min=0.1, beta_max=0.5)
GAP = TimingConfig("generalization_gap", base_epochs=2, ratio=2.0, period=1)
VARIANCE = TimingConfig("gradient_variance", window=10, decay=0.5, start=1)
STEADY = ScheduleConfig("cosine", beta_min=0.5, beta_max=0.5)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (trial(HALF, TimingConfig(switch_epoch=4)), trial(STEADY, TimingConfig(switch_epoch=4)), True),
        (trial(HALF, TimingConfig(switch_epoch=4)), trial(WANING, TimingConfig(switch_epoch=4)), False),
        (trial(HALF, TimingConfig(switch_epoch=4)), trial(HALF, TimingConfig(switch_epoch=5)), False),
        (trial(HALF, TimingConfig(switch_epoch=12)), trial(WANING, TimingConfig(switch_epoch=12)), True),
        (trial(HALF, GAP), trial(STEADY, GAP), True),
        (trial(HALF, GAP), trial(WANING, GAP), False),
        (trial(HALF, GAP), trial(HALF, VARIANCE), False),
        (trial(HALF, GAP), trial(HALF, TimingConfig(switch_epoch=0)), False),
    ],
)
def test_effects_are_equal_where_every_epoch_is(one: TrialConfig, other: TrialConfig, same: bool) -> None:
    assert (effect_of(one) == effect_of(other)) == same
