"""One rule ranks trials, and tables, pages, exports and the store all follow it."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from rts_search.analysis import tested
from rts_search.analysis.best_config import best_export
from rts_search.analysis.figures import SweepView
from rts_search.analysis.report.board import Board
from rts_search.analysis.report.leaderboard import leaders
from rts_search.analysis.tables import Tables
from rts_search.cli.live_display import SweepDisplay
from rts_search.store.needed_states import needed
from rts_search.study.ranking import best_trials, leaderboard
from rts_search.study.status import status_of
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ObjectiveConfig
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.study.samplers.trials import in_memory, sweep_of

LAST, BEST = ObjectiveConfig(), ObjectiveConfig(rule="best")


def trial(number: int, *val_acc: float, cost: int = 8, baseline: str = "", key: str = "") -> TrialEntry:
    """A completed trial of so many epochs, which has reached its own state or the named one."""
    epochs = [EpochEntry(epoch, f"{number}-{epoch}", "here", True, 0, value) for epoch, value in enumerate(val_acc)]
    epochs[-1] = replace(epochs[-1], key=key or epochs[-1].key, gradient_evaluations=cost)
    return TrialEntry(number, "COMPLETE", None, baseline, "", tuple(epochs))


def numbers(entries: Sequence[TrialEntry]) -> list[int]:
    return [entry.number for entry in entries]


def test_the_more_accurate_is_better_then_the_cheaper_then_the_earlier() -> None:
    trials = [trial(1, 0.8), trial(2, 0.9, cost=16), trial(3, 0.9), trial(4, 0.9), trial(5, 0.7, cost=1)]
    assert numbers(best_trials(trials, LAST)) == [3, 4, 2, 1, 5]


def test_the_objectives_rule_says_which_epoch_counts() -> None:
    trials = [trial(1, 0.9, 0.5), trial(2, 0.6, 0.6)]
    assert (numbers(best_trials(trials, BEST)), numbers(best_trials(trials, LAST))) == ([1, 2], [2, 1])


def test_only_completed_trials_of_the_search_are_among_the_best() -> None:
    others = [replace(trial(1, 0.95), state=state) for state in ("PRUNED", "FAIL", "RUNNING")]
    trials = [trial(0, 0.99, baseline="sgd"), *others]
    assert best_trials(trials, LAST) == []
    assert numbers(leaderboard(trials, LAST)) == [0]


def test_a_trial_that_repeats_an_earlier_one_of_the_search_is_not_among_the_best() -> None:
    trials = [trial(0, 0.9, baseline="sgd", key="same"), *(trial(number, 0.9, key="same") for number in (1, 2))]
    assert numbers(best_trials(trials, LAST)) == [1], "the first that comes to a baseline's state stays"
    failed = replace(trial(3, 0.9), state="FAIL")
    again = [replace(trial(number, 0.8 + number / 100), repeats=3) for number in (4, 5)]
    assert numbers(best_trials([*trials, failed, *again], LAST)) == [1, 4]
    assert numbers(best_trials([*trials, trial(3, 0.5), *again], LAST)) == [1, 3], "however well another seed does"


def test_a_baseline_leads_unless_a_trial_is_better_or_as_good_and_cheaper() -> None:
    baseline = trial(0, 0.9, cost=16, baseline="pugd")
    for other, order in ((trial(1, 0.9, cost=16), [0, 1]), (trial(1, 0.9), [1, 0]), (trial(1, 0.91, cost=32), [1, 0])):
        assert numbers(leaderboard([baseline, other], LAST)) == order


class Drawn:
    """A sweep with few different accuracies and costs, so that many are equal, and with repeats of both kinds."""

    def __init__(self, seed: int, rule: str) -> None:
        draw, few = random.Random(seed), "space={radius: {value: [0.5, 1.0]}, timing: {switch_epoch: [1]}}"
        search = "search={sampler: random, trials: 9, repeats: reseed}"
        settings = (few, search, "baselines=[sgd, pugd]", f"objective={{rule: {rule}}}")
        self.study = in_memory(load_sweep("digits", settings))
        self.display = SweepDisplay(Console(quiet=True), self.study.sweep, self.study.total)
        drawn = [self.study.open_trials.begin() for _ in range(self.study.total)]
        for entry in draw.sample(drawn, len(drawn)):
            self._end(entry, draw)
        self.entries = self.study.trials()

    def _end(self, entry: TrialEntry, draw: random.Random) -> None:
        self.display.trial_began(entry)
        end, cost = draw.choice([f"state {draw.randrange(3)}", f"{entry.number}-1"]), draw.choice([8, 16])
        for epoch, key in enumerate((f"{entry.number}-0", end)):
            kept = EpochEntry(epoch, key, "here", True, cost * (epoch + 1), draw.choice([0.5, 0.75]))
            self.study.open_trials.record_epoch(entry.number, kept)
            self.display.epoch_done(entry, kept, ())
        state = draw.choice(["COMPLETE", "COMPLETE", "COMPLETE", "PRUNED", "FAIL"])
        self.study.open_trials.finish(entry.number, state)
        self.display.trial_ended(entry, state, "")


@pytest.mark.parametrize("rule", ["last", "best"])
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in range(2, 6))])
def test_every_surface_has_the_same_best_trial_and_the_same_leader(tmp_path: Path, seed: int, rule: str) -> None:
    drawn = Drawn(seed, rule)
    study, entries = drawn.study, drawn.entries
    objective = study.sweep.objective
    first = next(iter(best_trials(entries, objective)))
    tables, view = Tables(study, str(tmp_path)), SweepView.of(study, entries)
    board = Board(study.sweep, entries, tested.tested_of(study))
    facts = status_of(study, entries, None)["best"]
    best = {
        "tables": tables.best(),
        "contenders": tables.ranked()[0],
        "figures": view.top[0],
        "status and API": entries[facts["trial"]],
        "export": entries[best_export(study, tables)["provenance"]["trial"]],
        "display while it runs": entries[drawn.display.best.number] if drawn.display.best else None,
        "display of a resumed sweep": entries[_shown(study)],
    }
    assert {surface: entry and entry.number for surface, entry in best.items()} == dict.fromkeys(best, first.number)
    assert facts["val_acc"] == first.value(objective)
    stored = {(epoch.key, epoch.provenance) for entry in entries for epoch in entry.epochs}
    kept = {key for key, _ in needed(study, "best", stored)}
    wanted = [entry for entry in entries if entry.baseline and entry.completed]
    assert {entry.epochs[-1].key for entry in (first, *wanted)} <= kept
    in_table = [row.split("|")[1].split()[0] for row in tables.markdown().splitlines() if row.startswith("| ")][2:]
    assert [int(number) for number in in_table] == [one.number for one in leaders(board)]
    assert [one.number for one in leaders(board)] == numbers(leaderboard(entries, objective))
    assert view.progress[-1][0] == sum(entry.cost for entry in entries if entry.arm == RTS)
    assert max(value or 0.0 for _, value in view.progress) == first.value(objective), "as sweeps are compared"


def _shown(study: SweepStudy) -> int:
    best = SweepDisplay.of_study(Console(quiet=True), study, study.total).best
    assert best is not None
    return best.number


def test_the_best_of_many_equal_trials_is_the_only_one_that_keeps_its_state() -> None:
    study = in_memory(sweep_of("random", trials=4))
    for _ in range(study.total):
        entry = study.open_trials.begin()
        study.open_trials.record_epoch(
            entry.number, EpochEntry(0, f"{entry.number}", "here", True, 16 - entry.number, 0.5)
        )
        study.open_trials.finish(entry.number, "COMPLETE")
    stored = {(str(number), "here") for number in range(study.total)}
    assert needed(study, "best", stored) == {("3", "here")}
