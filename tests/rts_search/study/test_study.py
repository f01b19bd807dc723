"""A study draws, keeps and returns the same, whichever process uses it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
import pytest

from rts_search.basics.errors import UserError
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.data_facts import DataFacts
from rts_search.study.samplers import make_sampler
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sections import ObjectiveConfig
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep, read_changes

FACTS = DataFacts("fingerprint", 8, 256, 64, 360)
SPACE = (
    "space={radius: {shape: [constant, linear], value: {uniform: [0.1, 3.0]}, beta_min: {uniform: [0.1, 1.0]}, "
    "beta_max: 3}, timing: {rule: epoch, switch_epoch: {integer: [0, 12]}}}"
)
TRIALS = 18
LONGER = {"cmaes": 28, "nsga2": 24}
"""Trials until a sampler has learned from results, where TRIALS are too few."""


def sweep_of(sampler: str) -> SweepFile:
    trials = LONGER.get(sampler, TRIALS)
    settings = [SPACE, f"search.sampler={sampler}", f"search.trials={trials}", "baselines=[sgd]"]
    return load_sweep("digits", settings + ["scheduler=none"] * (sampler == "nsga2"))


def database(tmp_path: Path, name: str = "one") -> str:
    return f"sqlite:///{tmp_path / name}.sqlite3"


def finish(study: SweepStudy, entry: TrialEntry) -> None:
    """End a trial as completed, stopped early or failed; its number decides which."""
    early = "PRUNED" if study.sweep.scheduler.name == "asha" else "COMPLETE"
    ends = ("COMPLETE", "COMPLETE", early, "FAIL")
    for epoch in range(2):
        accuracy = (entry.number * 37 % 11 + epoch) / 20
        study.open_trials.record_epoch(
            entry.number, EpochEntry(epoch, f"key{epoch}", "here", True, 8 * (epoch + 1), accuracy)
        )
    state = "COMPLETE" if entry.baseline else ends[entry.number % len(ends)]
    study.open_trials.finish(entry.number, state, "" if state == "COMPLETE" else "diverged: a reason")


def configs(study: SweepStudy) -> list[dict[str, Any] | None]:
    return [entry.config for entry in study.trials()]


CAMPAIGN = ("random", "qmc", "gp", "cmaes")
"""Samplers of which test_given_points.py asserts, by default, that several processes draw what one process draws."""


@pytest.fixture(
    scope="module",
    params=[
        *(pytest.param(sampler, marks=pytest.mark.campaign) for sampler in CAMPAIGN),
        *("tpe", "nsga2"),
    ],
)
def sweep(request: pytest.FixtureRequest) -> SweepFile:
    """A sweep for each sampler that draws."""
    return sweep_of(request.param)


@pytest.fixture(scope="module")
def url(sweep: SweepFile, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of the sweep that nobody interrupts."""
    return database(tmp_path_factory.mktemp(sweep.search.sampler))


@pytest.fixture(scope="module")
def uninterrupted(sweep: SweepFile, url: str) -> SweepStudy:
    """The sweep with all its trials trained one after another in one process."""
    study = SweepStudy.create(url, sweep, FACTS)
    for _ in range(study.total):
        finish(study, study.open_trials.begin())
    return study


@pytest.mark.slow
def test_a_process_for_every_trial_draws_what_one_process_draws_also_after_an_interruption_between_two_parameters(
    sweep: SweepFile, uninterrupted: SweepStudy, tmp_path: Path
) -> None:
    other = database(tmp_path)
    SweepStudy.create(other, sweep, FACTS)
    for number in range(uninterrupted.total):
        interrupted = number in (0, 4, TRIALS, sweep.num_trials)
        if interrupted:
            half = optuna.load_study(study_name="digits", storage=other, sampler=make_sampler(sweep)).ask()
            if number:
                half.suggest_categorical("radius.shape", list(sweep.space.radius.kinds))
        study = SweepStudy.load(other, "digits")
        begun = study.open_trials
        finish(study, begun.take_up(study.trials()[number]) if interrupted else begun.begin())
    assert configs(SweepStudy.load(other, "digits")) == configs(uninterrupted)


def test_two_seeds_draw_differently(tmp_path: Path) -> None:
    drawn = []
    for seed in (0, 1):
        sweep = load_sweep("digits", [f"search.seed={seed}", "search.sampler=random", "baselines=[]"])
        study = SweepStudy.create(database(tmp_path, str(seed)), sweep, FACTS)
        drawn.append([study.open_trials.begin().config for _ in range(5)])
    assert all(one != other for one, other in zip(*drawn, strict=True))


@pytest.mark.slow  # as those before, so that it follows them and shares their sweeps
@pytest.mark.parametrize("sweep", ["tpe", "nsga2"], indirect=True)
def test_what_was_told_comes_back(uninterrupted: SweepStudy, url: str) -> None:
    entries = SweepStudy.load(url, "digits").trials()
    assert entries == uninterrupted.trials()
    assert [entry.number for entry in entries] == list(range(uninterrupted.sweep.num_trials + 1))
    assert entries[0].baseline == "sgd"
    early = {"PRUNED"} if uninterrupted.sweep.scheduler.name == "asha" else set()
    assert {entry.state for entry in entries} == {"COMPLETE", "FAIL"} | early
    assert all(bool(entry.reason) == (entry.state != "COMPLETE") for entry in entries)
    assert entries[5].epochs == (
        EpochEntry(0, "key0", "here", True, 8, 0.45),
        EpochEntry(1, "key1", "here", True, 16, 0.5),
    )


def test_the_rule_says_which_epoch_counts() -> None:
    values = (0.3, 0.7, 0.7, 0.5)
    epochs = tuple(EpochEntry(epoch, "", "", True, epoch, value) for epoch, value in enumerate(values))
    entry = TrialEntry(0, "COMPLETE", {}, "", "", epochs)
    last, best = ObjectiveConfig(), ObjectiveConfig(rule="best")
    assert (entry.value(last), entry.chosen_epochs(last)) == (0.5, 4)
    assert (entry.value(best), entry.chosen_epochs(best)) == (0.7, 2)
    assert TrialEntry(0, "RUNNING", None, "", "", ()).value(last) is None


@pytest.mark.slow
def test_an_epoch_that_was_spent_once_stays_spent(tmp_path: Path) -> None:
    study = SweepStudy.create(database(tmp_path), sweep_of("random"), FACTS)
    entry = study.open_trials.begin()
    for spent in (True, False):
        study.open_trials.record_epoch(entry.number, EpochEntry(0, "key", "here", spent, 8, 0.5))
    assert SweepStudy.load(database(tmp_path), "digits").trials()[0].epochs[0].spent


def test_a_launch_that_was_cut_off_before_its_study_was_one_leaves_the_name_free(tmp_path: Path) -> None:
    half = optuna.create_study(storage=database(tmp_path), study_name="digits", direction="maximize")
    half.set_user_attr("sweep", {})
    with pytest.raises(UserError, match="must be a study of rts-search"):
        SweepStudy.load(database(tmp_path), "digits")
    assert not SweepStudy.exists(database(tmp_path), "digits")
    study = SweepStudy.create(database(tmp_path), sweep_of("random"), FACTS)
    assert study.open_trials.begin().number == 0
    with pytest.raises(UserError, match="a sweep of this name exists"):
        SweepStudy.create(database(tmp_path), sweep_of("random"), FACTS)


def test_a_study_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    optuna.create_study(storage=database(tmp_path), study_name="digits").set_user_attr("theirs", 1)
    with pytest.raises(UserError, match="a sweep of this name exists"):
        SweepStudy.create(database(tmp_path), sweep_of("random"), FACTS)


WRITER = """
import sys
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
study = SweepStudy.load(sys.argv[1], "digits")
entry = study.open_trials.begin()
for epoch in range(60):
    study.open_trials.record_epoch(entry.number, EpochEntry(epoch, f"key{epoch}", "here", True, 8 * (epoch + 1), 0.5))
"""


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", pytest.param("nsga2", marks=pytest.mark.campaign)])
def test_a_look_at_a_trial_while_its_epochs_are_written_finds_whole_epochs(tmp_path: Path, sampler: str) -> None:
    url = database(tmp_path)
    SweepStudy.create(url, sweep_of(sampler), FACTS)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url])
    reader, seen = SweepStudy.load(url, "digits"), 0
    while writer.poll() is None:
        for entry in reader.trials():
            assert [epoch.epoch for epoch in entry.epochs] == list(range(len(entry.epochs)))
            assert len(entry.epochs) >= seen
            seen = len(entry.epochs)
    assert writer.returncode == 0
    assert 0 < seen <= len(reader.trials()[0].epochs) == 60


def test_turns_tell_when_a_trial_had_a_worker(tmp_path: Path) -> None:
    study = SweepStudy.create(database(tmp_path), sweep_of("random"), FACTS)
    first, second = study.open_trials.begin(), study.open_trials.begin()
    study.open_trials.record_epoch(second.number, EpochEntry(0, "key", "here", True, 8, 0.5))
    study.open_trials.hold(second.number)
    finish(study, first)
    ((began, ended),) = study.turns()[first.number]
    assert ended is not None
    assert began <= ended
    ((_, held),) = study.turns()[second.number]
    assert held is not None
    study.open_trials.take_up(study.trial(second.number))
    assert [end is None for _, end in study.turns()[second.number]] == [False, True]
    again = SweepStudy.load(database(tmp_path), "digits")  # the driver was killed
    again.open_trials.take_up(again.trial(second.number))
    again.open_trials.finish(second.number, "FAIL", "diverged: a reason")
    turns = again.turns()[second.number]
    assert [end is not None for _, end in turns] == [True, True]
    assert turns == sorted(turns)


def test_a_launched_sweep_gets_other_resources_but_no_other_device(tmp_path: Path) -> None:
    sweep = load_sweep("digits", ["resources={cpus_per_trial: 4, max_concurrent_trials: 2}"])
    url = f"sqlite:///{tmp_path / 's.sqlite3'}"
    study = SweepStudy.create(url, sweep, DataFacts("f", 8, 256, 64, 360))
    confirmation = ConfirmationStudy.of(url, study)
    for one in (study, confirmation):
        one.allot(read_changes(["resources.cpus_per_trial=1"])[1])
    for kept in (SweepStudy.load(url, "digits"), ConfirmationStudy.load(url, "digits")):
        assert kept.sweep.resources.model_dump() == {
            "cpus_per_trial": 1.0,
            "gpus_per_trial": 0.0,
            "max_concurrent_trials": 2,
        }
    assert ConfirmationStudy.load(url, "digits").confirmed == study.sweep, "all else stays"
    with pytest.raises(UserError, match=r"^digits: resources.gpus_per_trial: must stay 0, since .*, but got 1$"):
        study.allot(read_changes(["resources.gpus_per_trial=1"])[1])
    with pytest.raises(UserError, match=r"^digits: resources.cpus_per_trial: must be a number in a launched sweep"):
        study.allot(read_changes(["resources.cpus_per_trial=auto"])[1])
