"""What goes from the store is needed by nobody: not by a resume, an extension, a test or another sweep."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.cli import main
from rts_search.store.cleaning import Cleaning, clean, planned
from rts_search.store.needed_states import Keep
from rts_search.study.study import DataFacts, SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep_file import load_sweep
from tests.trainables.core.history.test_store import EPOCH, RECORD
from trainables.core.history.lineage import epoch_settings, next_key, start_key
from trainables.core.history.store import Store

FACTS = DataFacts("fingerprint", 8, 256, 64, 360)
STATE = b"x" * 968
"""Of 1000 bytes with its checksum."""
EPOCHS = 8
SPACE = "space={radius: {shape: cosine, beta_min: [0.1, 0.2], beta_max: 1}, timing: {switch_epoch: [4, 6]}}"


@dataclass
class Swept:
    """A results folder whose sweeps are written as if they had been trained, every state of them."""

    results: Results

    def __post_init__(self) -> None:
        self.store = Store(self.results.store_url)
        self._clock = time.time() - 10_000

    def sweep(self, name: str, *settings: str) -> SweepStudy:
        general = [f"name={name}", f"training.epochs={EPOCHS}", SPACE, "search={sampler: grid}", "baselines=[sgd]"]
        self.results.require_space()
        return SweepStudy.create(self.results.storage_url, load_sweep("digits", [*general, *settings]), FACTS)

    def train(
        self, study: SweepStudy, epochs: int = EPOCHS, state: str = "COMPLETE", records: bool = False
    ) -> TrialEntry:
        """A trial whose accuracy rises up to epoch 4 and falls again, better with every trial."""
        entry = study.open_trials.begin()
        for epoch, key in enumerate(keys(entry)[:epochs]):
            self._put(key)
            if records:
                parent = None if epoch == 0 else "here"
                record = replace(RECORD, epoch=epoch)
                self.store.put_epoch(replace(EPOCH, key=key, provenance="here", parent=parent, record=record))
            value = (entry.number + min(epoch, 6 - epoch)) / 100
            study.open_trials.record_epoch(entry.number, EpochEntry(epoch, key, "here", True, 8 * (epoch + 1), value))
        if state != "RUNNING":
            study.open_trials.finish(entry.number, state)
        return study.trials()[entry.number]

    def _put(self, key: str) -> None:
        self._clock += 1
        if not self.store.has_state(key, "here"):
            self.store.put_state(key, "here", STATE)
            os.utime(Path(self.results.store_url, key[:2], key, "here.state"), (self._clock, self._clock))

    def gc(self, study: SweepStudy, keep: Keep = "branch", limit: int | None = None, dry_run: bool = False) -> Cleaning:
        paths = self.results.sweep(study.name)
        return clean(study, paths, self.results.storage_url, self.store, keep, limit, dry_run)

    def left(self, entry: TrialEntry) -> list[int]:
        """Numbers of epochs after which the trial has a state."""
        return [epoch.epoch + 1 for epoch in entry.epochs if self.store.has_state(epoch.key, epoch.provenance)]


def keys(entry: TrialEntry) -> list[str]:
    config = entry.settings
    found = [start_key(config, FACTS.fingerprint)]
    for epoch in range(EPOCHS):
        found.append(next_key(found[-1], epoch_settings(config, epoch, config.timing.switch_epoch)))
    return found[1:]


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def all_of(swept: Swept, study: SweepStudy) -> list[TrialEntry]:
    return [swept.train(study) for _ in range(study.total)]


def test_branch_leaves_the_starts_of_pugd_and_every_trials_last_state(swept: Swept) -> None:
    study = swept.sweep("mine")
    sgd, *searched = all_of(swept, study)
    cleaning = swept.gc(study)
    assert swept.left(sgd) == [4, 6, 8]
    assert [swept.left(entry) for entry in searched] == [[4, 8], [4, 6, 8], [4, 8], [4, 6, 8]]
    assert cleaning.num_states - len(cleaning.states) == len(list(swept.store.files())) == 7
    assert cleaning.freed == 1000 * len(cleaning.states)


def test_by_the_rule_best_the_chosen_epochs_state_stays_too(swept: Swept) -> None:
    study = swept.sweep("mine", "objective={rule: best}", "baselines=[pugd]")
    (pugd, *_) = all_of(swept, study)
    assert pugd.chosen_epochs("best") == 4
    swept.gc(study)
    assert swept.left(pugd) == [4, 8]


def test_best_leaves_what_the_final_test_reads(swept: Swept) -> None:
    study = swept.sweep("mine")
    sgd, *searched = all_of(swept, study)
    swept.gc(study, "best")
    assert [swept.left(entry) for entry in (sgd, *searched)] == [[8], [], [], [], [8]]


def test_all_leaves_everything(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    assert swept.gc(study, "all").states == ()


def test_of_an_unfinished_trial_every_state_stays_whatever_is_kept(swept: Swept) -> None:
    study = swept.sweep("mine")
    ended = [swept.train(study), swept.train(study, 7, "PRUNED")]
    running = swept.train(study, 5, "RUNNING")
    swept.gc(study, "best")
    assert swept.left(running) == [1, 2, 3, 4, 5]
    assert swept.left(ended[1]) == [1, 2, 3, 4, 7], "shared with the unfinished one up to 4, then its last"


def test_what_an_extension_branches_off_from_stays(swept: Swept) -> None:
    study = swept.sweep("mine", "search={sampler: random, trials: 1}")
    all_of(swept, study)
    swept.gc(study)
    study.extend(9)
    later = [study.open_trials.begin() for _ in range(8)]
    for entry in later:
        switch = (entry.config or {})["timing"]["switch_epoch"]
        assert swept.store.has_state(keys(entry)[switch - 1], "here")
    assert {(entry.config or {})["timing"]["switch_epoch"] for entry in later} == {4, 6}


def test_what_another_sweep_needs_stays(swept: Swept) -> None:
    mine, other = swept.sweep("mine"), swept.sweep("other")
    entries = all_of(swept, mine)
    running = swept.train(other, 3, "RUNNING")
    swept.gc(mine, "best")
    assert swept.left(running) == [1, 2, 3], "on record of an unfinished trial"
    assert swept.left(entries[0]) == [1, 2, 3, 4, 6, 8], "4 and 6 are where trials of the other sweep will start PUGD"


def test_a_sweep_that_keeps_all_keeps_what_it_shares(swept: Swept) -> None:
    mine, other = swept.sweep("mine"), swept.sweep("other", "store.keep=all")
    entries = all_of(swept, mine)
    all_of(swept, other)
    assert swept.gc(mine, "best").states == ()
    assert swept.left(entries[0]) == list(range(1, EPOCHS + 1))


def test_records_stay_and_old_partial_files_go(swept: Swept) -> None:
    study = swept.sweep("mine")
    entries = all_of(swept, study)
    swept.store.put_epoch(EPOCH)
    for name, age in ((".here.state.old.partial", 7200), (".here.state.new.partial", 60)):
        partial = Path(swept.results.store_url, "ab", "ab12", name)
        partial.write_bytes(b"half")
        os.utime(partial, (time.time() - age,) * 2)
    assert len(swept.gc(study, "best").partials) == 1
    assert sorted(file.path.rpartition("/")[2] for file in swept.store.files() if file.key == "ab12") == [
        ".here.state.new.partial",
        "machine.epoch",
    ]
    assert swept.left(entries[-1]) == [8]


def test_a_dry_run_says_what_goes_and_removes_nothing(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    before = list(swept.store.files())
    told = swept.gc(study, dry_run=True)
    assert list(swept.store.files()) == before
    assert swept.gc(study).to_dict() == told.to_dict()
    assert len(list(swept.store.files())) == len(before) - len(told.states)


def test_above_the_limit_the_oldest_unneeded_states_go_first(swept: Swept) -> None:
    first, second = swept.sweep("first"), swept.sweep("second", "training.lr=0.1")
    older, newer = all_of(swept, first), all_of(swept, second)
    for study in (first, second):
        swept.gc(study)
    assert [file.kind for file in swept.store.files()] == ["state"] * 14
    cleaning = swept.gc(second, limit=11_500)
    assert (len(cleaning.states), cleaning.too_large) == (3, False)
    assert [swept.left(entry) for entry in older] == [[8], [], [8], [8], [8]], "4, 6 and the first trial's last state"
    assert swept.left(newer[0]) == [4, 6, 8]


def test_above_the_limit_what_is_needed_stays_and_is_told(swept: Swept) -> None:
    study = swept.sweep("mine")
    entries = all_of(swept, study)
    cleaning = swept.gc(study, limit=1500)
    assert cleaning.too_large
    assert "still more than 1.5 KB: nothing else may go" in cleaning.sentence("went")
    assert [swept.left(entry) for entry in entries] == [[8], [], [], [], [8]]
    unfinished = swept.sweep("other", "training.lr=0.1")
    running = swept.train(unfinished, 5, "RUNNING")
    assert planned(unfinished, [study], swept.store, "all", 1).too_large
    swept.gc(unfinished, limit=1)
    assert swept.left(running) == [1, 2, 3, 4, 5]


def test_states_of_which_no_sweep_knows_stay_and_are_counted(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    swept.store.put_state("ab12", "machine", STATE)
    cleaning = swept.gc(study, "best", limit=1)
    assert swept.store.has_state("ab12", "machine")
    assert cleaning.num_unknown == 1
    assert "1 states stay of which no sweep of this database knows" in cleaning.sentence("went")


def test_a_running_sweep_is_left_alone(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    with swept.results.sweep("mine").driving():
        with pytest.raises(UserError, match="mine: is already running"):
            swept.gc(study)
        assert swept.gc(study, dry_run=True).states


CommandLine = Callable[..., str]


@pytest.fixture
def told(swept: Swept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Run the command line on the folder: what it prints, and its exit code in front."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["rts-search", *arguments, "--results", str(swept.results.folder)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return f"{ended.value.code}: {(out + err).strip()}"

    return run


def test_gc_on_the_command_line(swept: Swept, told: CommandLine) -> None:
    study = swept.sweep("mine", "store.keep=all")
    all_of(swept, study)
    total = len(list(swept.store.files()))
    assert told("gc", "mine") == f"0: mine: 0 of {total} states went: 0 B of the store's {total}.0 KB."
    dry = told("gc", "mine", "--keep", "best", "--dry-run")
    assert dry == f"0: mine: {total - 2} of {total} states would go: {total - 2}.0 KB of the store's {total}.0 KB."
    facts = json.loads(told("gc", "mine", "--keep", "best", "--json").removeprefix("0: "))
    assert (facts["states"], facts["bytes_freed"], facts["dry_run"]) == (total - 2, 1000 * (total - 2), False)
    assert len(list(swept.store.files())) == 2
    assert told("gc", "mine", "--keep", "some") == "2: rts-search: --keep: must be best, branch or all, but got 'some'"
    assert told("gc", "mine", "--max-size", "0GB").startswith("2: rts-search: --max-size: must be a size above 0")
    assert told("gc", "yours") == "2: rts-search: yours: no sweep of this name has been launched; known are mine"


def test_verify_on_the_command_line(swept: Swept, told: CommandLine) -> None:
    assert told("verify").startswith(f"2: rts-search: {swept.results.store_url}: must be a checkpoint store")
    swept.store.put_epoch(EPOCH)
    for key in ("ab12", "cd34"):
        swept.store.put_state(key, "machine", STATE)
    assert told("verify").startswith("0: 2 states and 1 records, ")
    file = Path(swept.results.store_url, "cd", "cd34", "machine.state")
    content = bytearray(file.read_bytes())
    content[500] ^= 1
    file.write_bytes(content)
    (file.parent / ".machine.state.1234.partial").write_bytes(b"half")
    lines = told("verify").splitlines()
    assert lines[0] == f"1: damaged: {file}"
    assert lines[1].startswith("not finished by its writer: ")
    assert lines[2].endswith("1 damaged, 1 partial files.")
    facts = json.loads(told("verify", "--json", "--delete-damaged").removeprefix("1: "))
    assert facts["damaged"] == [str(file)]
    assert not file.exists()
    assert "all sound" in told("verify")


def test_a_sweep_file_says_what_is_kept() -> None:
    sweep = load_sweep("digits", ["store.keep=best", "store.max_size=20GB"])
    assert (sweep.store.keep, sweep.store.max_size) == ("best", "20GB")
    for setting, rule in (("keep=some", "must be one of best, branch, all"), ("max_size=20", "must be a ")):
        with pytest.raises(UserError, match=f"--set: store.{setting.partition('=')[0]}: {rule}"):
            load_sweep("digits", [f"store.{setting}"])
