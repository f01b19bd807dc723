"""The truth about a sweep: one Optuna study in a database, read and written through this class alone."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import optuna
from optuna.study import StudyDirection
from optuna.trial import Trial, TrialState

from rts_search.basics.errors import UserError
from rts_search.basics.gc_pause import garbage_collection_paused
from rts_search.study import attributes as kept
from rts_search.study.budget import Meter
from rts_search.study.database.storage import open_storage, patience_of, storage_errors
from rts_search.study.optuna_internals import (
    begin_trial,
    engine_of,
    id_of_number,
    storage_of,
    study_id,
    trial_numbered,
)
from rts_search.study.samplers import make_sampler
from rts_search.study.samplers.earlier_results import EarlierResult, to_attributes
from rts_search.study.trial_configs import TrialConfigs
from rts_search.study.trial_reader import Turn, read_trials, read_turns
from rts_search.study.trials import EpochEntry, TrialEntry, value_by
from rts_search.sweep.sections import BudgetConfig
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import parse_sweep
from trainables.core.history.lineage import source_of
from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import TrialConfig

FORMAT = 1
"""Version of the attributes; a study without it is not ours."""


@dataclass(frozen=True)
class DataFacts:
    """What the sweep's data looked like when it was launched."""

    fingerprint: str
    """Hash of all images, labels and the split."""
    steps_per_epoch: int
    train_images: int
    val_images: int
    test_images: int
    test_fingerprint: str | None = None
    """Hash of the test part alone; none in studies of earlier versions."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass
class _Live:
    """A trial of this process's sweep that has not ended."""

    trial: Trial
    epochs: dict[int, EpochEntry]
    turns: list[Turn]
    """The last goes on."""

    def end_turn(self, held: bool) -> None:
        """Write the turns down, unless this one is the only one: the trial's own begin and end tell of it."""
        if held or kept.TURNS in self.trial.user_attrs:
            self.trial.set_user_attr(kept.TURNS, [*self.turns[:-1], (self.turns[-1][0], time.time())])


class SweepStudy:
    """One sweep in the database."""

    PART = ""
    """Ending of the study's name by which a part of a sweep that has a study of its own is told from the sweep."""

    def __init__(self, study: optuna.Study) -> None:
        """Use `create` or `load`."""
        self._study = study
        self.name = study.study_name.removesuffix(self.PART)
        self.go_on = f"rts-search resume {self.name}"
        """The command that goes on with it."""
        self.sweep: SweepFile = parse_sweep(study.user_attrs[kept.SWEEP], f"study {self.name}")
        self.identity: str = study.user_attrs[kept.IDENTITY]
        self.data = DataFacts(**study.user_attrs[kept.DATA])
        self.model_source: str | None = study.user_attrs[kept.MODEL_SOURCE]
        """Hash of the file of a user's own model at launch."""
        self.model_weights: str | None = study.user_attrs.get(kept.MODEL_WEIGHTS)
        """Identity of the pretrained weights at launch; none without, and in studies from before there were any."""
        self.results: str | None = study.user_attrs[kept.RESULTS]
        """Folder of the results, where the study is kept elsewhere: two folders would mean two drivers."""
        self._prepare_drawing()
        self._live: dict[int, _Live] = {}
        self._reports = len(study.directions) == 1
        """Whether the sampler learns from single epochs; Optuna has none of them where there are two objectives."""

    @classmethod
    def exists(cls, storage_url: str, name: str) -> bool:
        """Whether the name is taken. Raises: UserError when the database cannot be used."""
        with storage_errors(storage_url):
            storage = open_storage(storage_url)
            if name + cls.PART not in optuna.get_all_study_names(storage):
                return False
            return not _never_begun(optuna.load_study(storage=storage, study_name=name + cls.PART))

    @classmethod
    def create(
        cls,
        storage_url: str,
        sweep: SweepFile,
        data: DataFacts,
        results: str | None = None,
        earlier: Sequence[EarlierResult] = (),
    ) -> Self:
        """Begin a sweep; `results` is its results folder where the study is kept elsewhere, `earlier` what it knows.

        Raises:
            UserError: its name is taken.
        """
        if cls.exists(storage_url, sweep.name):
            raise taken(sweep.name)
        with storage_errors(storage_url):
            storage = open_storage(storage_url)
            name = sweep.name + cls.PART
            if name in optuna.get_all_study_names(storage):
                optuna.delete_study(storage=storage, study_name=name)  # one that was never begun
            try:
                study = optuna.create_study(storage=storage, study_name=name, directions=directions_of(sweep))
            except optuna.exceptions.DuplicatedStudyError:
                raise taken(sweep.name) from None  # by a launch at this very moment
            # The attribute that makes the study ours is written last: a study without it was never begun.
            study.set_user_attr(kept.SWEEP, sweep.to_dict())
            study.set_user_attr(kept.DATA, data.to_dict())
            study.set_user_attr(kept.MODEL_SOURCE, source_of(sweep.model.name))
            study.set_user_attr(kept.MODEL_WEIGHTS, weights_identity(sweep.model))
            study.set_user_attr(kept.RESULTS, results)
            for attribute, results_kept in to_attributes(earlier):
                study.set_user_attr(attribute, results_kept)
            study.set_user_attr(kept.IDENTITY, uuid.uuid4().hex[:12])
            study.set_user_attr(kept.FORMAT, FORMAT)
            return cls(study)

    @classmethod
    def load(cls, storage_url: str, name: str) -> Self:
        """Take up a sweep by its name. Raises: UserError when there is none, or it is not ours."""
        with storage_errors(storage_url):
            return cls.kept_in(open_storage(storage_url, must_exist=True), name)

    @classmethod
    def kept_in(cls, storage: optuna.storages.BaseStorage, name: str) -> Self:
        """Take up a sweep of an open database. Raises: UserError when there is none, or it is not ours."""
        names = optuna.get_all_study_names(storage)
        if ":" in name or name + cls.PART not in names:
            known = ", ".join(sorted(name for name in names if ":" not in name)) or "none yet"
            raise UserError(f"{name}: no sweep of this name has been launched; known are {known}")
        study = optuna.load_study(storage=storage, study_name=name + cls.PART)
        if study.user_attrs.get(kept.FORMAT) != FORMAT:
            raise UserError(f"{name}: must be a study of rts-search (format {FORMAT}); use another name or --storage")
        return cls(study)

    @classmethod
    def every(cls, storage_url: str) -> list["SweepStudy"]:
        """All sweeps of a database, by name. Raises: UserError when it cannot be used."""
        with storage_errors(storage_url):
            storage = open_storage(storage_url, must_exist=True)
            names = sorted(optuna.get_all_study_names(storage))
            studies = [optuna.load_study(storage=storage, study_name=name) for name in names]
            return [cls(study) for study in studies if study.user_attrs.get(kept.FORMAT) == FORMAT]

    def delete(self) -> None:
        """Remove the sweep and its parts from the database."""
        storage = storage_of(self._study)
        for name in optuna.get_all_study_names(storage):
            if name.partition(":")[0] == self.name:
                optuna.delete_study(storage=storage, study_name=name)

    def extend(self, trials: int) -> None:
        """Raise the number of trials. Raises: UserError when it would shrink."""
        if trials < self.sweep.num_trials:
            raise UserError(f"{self.name}: --trials must be >= {self.sweep.num_trials}, but got {trials}")
        self._change(self.sweep.with_trials(trials))

    def allow(self, budget: BudgetConfig) -> None:
        """Set the limits that are given anew. Raises: UserError."""
        self._change(self.sweep.with_budget(budget))

    def _change(self, sweep: SweepFile) -> None:
        self.sweep = parse_sweep(sweep.to_dict(), f"study {self.name}")
        self._study.set_user_attr(kept.SWEEP, self.sweep.to_dict())
        self._prepare_drawing()

    def _prepare_drawing(self) -> None:
        self._study.sampler = make_sampler(self.sweep, self._study.user_attrs)
        self._drawing = TrialConfigs(self.sweep, self.trials)

    def wait_for_database(self, seconds: float, say: Callable[[str], None]) -> None:
        """From now on this process waits so long for a server that is away, and says so."""
        patience = patience_of(storage_of(self._study))
        patience.seconds, patience.say = seconds, say

    def meter(self, entries: Sequence[TrialEntry] | None = None) -> Meter:
        """What the sweep has cost so far, against its budget; by its trials, where they have just been read."""
        spent = sum(entry.spent for entry in (self.trials() if entries is None else entries))
        return Meter(self.sweep.budget, spent, **self._study.user_attrs.get(kept.TIMES, {}))

    def note_times(self, meter: Meter) -> None:
        """Write down how long the sweep has taken."""
        self._study.set_user_attr(kept.TIMES, meter.times())

    @property
    def total(self) -> int:
        """Number of trials of the whole sweep, baselines included."""
        return len(self.sweep.baselines) + self.sweep.num_trials

    @property
    def ended(self) -> bool:
        """Whether every trial has been begun and has ended."""
        return self.ended_by(self.trials())

    def ended_by(self, entries: Sequence[TrialEntry]) -> bool:
        """The same by its trials, which have just been read."""
        return len(entries) >= self.total and all(entry.state != "RUNNING" for entry in entries)

    def trials(self) -> list[TrialEntry]:
        """Every trial begun so far, by number."""
        return self._read()

    def trial(self, number: int) -> TrialEntry:
        """One of them."""
        return self._read(number)[0]

    def _read(self, number: int | None = None) -> list[TrialEntry]:
        storage, which = storage_of(self._study), study_id(self._study)
        with garbage_collection_paused():
            return patience_of(storage).insist(lambda: read_trials(engine_of(storage), which, self._reports, number))

    def turns(self) -> dict[int, list[Turn]]:
        """Trial number -> its turns, in which it had a worker."""
        storage, which = storage_of(self._study), study_id(self._study)
        return patience_of(storage).insist(lambda: read_turns(engine_of(storage), which))

    def begin(self) -> TrialEntry:
        """Draw the next trial and write it down."""
        return self._go_live(begin_trial(self._study), [(time.time(), None)])

    def take_up(self, entry: TrialEntry) -> TrialEntry:
        """An unfinished trial under its own number; one that was interrupted while it was drawn is drawn now."""
        if entry.config is None:
            self._study.get_trials(deepcopy=False)  # Optuna's cache draws for none that it has not read
        trial = trial_numbered(self._study, entry.number)
        earlier = [turn for turn in trial.user_attrs.get(kept.TURNS, ()) if turn[1] is not None]
        turns = [*earlier, (time.time(), None)]
        trial.set_user_attr(kept.TURNS, turns)
        return self._go_live(trial, turns, entry.epochs)

    def wait(self, number: int) -> None:
        """Write down that a trial that has not ended waits for a worker; a turn that never ended is forgotten."""
        storage, which = storage_of(self._study), id_of_number(self._study, number)
        turns = storage.get_trial(which).user_attrs.get(kept.TURNS, ())
        storage.set_trial_user_attr(which, kept.TURNS, [turn for turn in turns if turn[1]])

    def end_turn(self, number: int) -> None:
        """Write down that a live trial has lost its worker and waits for another."""
        self._live[number].end_turn(held=True)

    def record_epoch(self, number: int, entry: EpochEntry) -> int:
        """Write down an epoch of a live trial; again is no harm. What was once spent stays spent.

        Returns how many gradient evaluations were spent that were not written down before.
        """
        live = self._live[number]
        before = live.epochs.get(entry.epoch)
        if before is not None and before.spent >= entry.spent and before.key == entry.key:
            return 0
        live.trial.set_user_attr(kept.epoch_name(entry.epoch), entry.kept())
        if before is None and self._reports:
            live.trial.report(entry.val_acc, step=entry.epoch)
        live.epochs[entry.epoch] = entry
        earlier = live.epochs.get(entry.epoch - 1)
        cost = entry.gradient_evaluations - (earlier.gradient_evaluations if earlier is not None else 0)
        return cost if entry.spent and not (before is not None and before.spent) else 0

    def add_in_vain(self, number: int, gradient_evaluations: int) -> None:
        """Write down what a live trial has computed besides its epochs."""
        trial = self._live[number].trial
        trial.set_user_attr(kept.IN_VAIN, trial.user_attrs.get(kept.IN_VAIN, 0) + gradient_evaluations)

    def note_short_of_memory(self, number: int) -> None:
        """Write down that a live trial has run out of memory; it is tried once more, in this process or a later one."""
        self._live[number].trial.set_user_attr(kept.SHORT_OF_MEMORY, True)

    def hold(self, number: int) -> None:
        """Write down that a live trial was stopped early and may go on later."""
        live = self._live.pop(number)
        live.end_turn(held=True)
        live.trial.set_user_attr(kept.HELD, len(live.epochs))

    def note_passed(self, number: int, epochs: int) -> None:
        """Write down that a trial was judged after so many epochs and goes on from there."""
        storage_of(self._study).set_trial_user_attr(id_of_number(self._study, number), kept.PASSED, epochs)

    def finish(self, number: int, state: str, reason: str = "") -> None:
        """End a live trial as COMPLETE (valued by the objective's rule), PRUNED or FAIL."""
        live = self._live.pop(number)
        live.end_turn(held=False)
        if reason:
            live.trial.set_user_attr(kept.REASON, reason)
        values = self._values(live.epochs) if state == "COMPLETE" else None
        self._study.tell(live.trial, values, state=TrialState[state])

    def _values(self, epochs: Mapping[int, EpochEntry]) -> list[float]:
        """Validation accuracy and, in a study of two objectives, gradient evaluations of the whole trial."""
        val_acc = value_by(self.sweep.objective.rule, epochs.values())
        assert val_acc is not None
        return [val_acc, epochs[max(epochs)].gradient_evaluations][: len(self._study.directions)]

    def test_accuracies(self) -> dict[int, dict[str, Any]]:
        """Trial number -> {"epochs": n, "test_acc": x} of every trial that has been tested."""
        attrs = self._study.user_attrs
        return {kept.number_in(name): value for name, value in attrs.items() if name.startswith(kept.TEST)}

    def record_test(self, number: int, epochs: int, test_acc: float) -> None:
        """Write down the one look at the test part."""
        self._study.set_user_attr(kept.test_name(number), {"epochs": epochs, "test_acc": test_acc})

    def _go_live(self, trial: Trial, turns: list[Turn], epochs: tuple[EpochEntry, ...] = ()) -> TrialEntry:
        """Draw what is not drawn yet, write the config down, and keep the trial at hand."""
        attrs = trial.user_attrs
        label, config, repeats = self._label(trial.number), attrs.get(kept.CONFIG), attrs.get(kept.REPEATS)
        if config is None:
            if label:
                trial.set_user_attr(kept.BASELINE, label)
            drawn, repeats = self._draw(trial)
            config = drawn.to_dict()
            if repeats is not None:
                trial.set_user_attr(kept.REPEATS, repeats)
            trial.set_user_attr(kept.CONFIG, config)
        self._live[trial.number] = _Live(trial, {entry.epoch: entry for entry in epochs}, turns)
        short = bool(attrs.get(kept.SHORT_OF_MEMORY))
        return TrialEntry(trial.number, "RUNNING", config, label, "", epochs, short, repeats=repeats)

    def _label(self, number: int) -> str:
        baseline = self._drawing.baseline(number)
        return baseline.name if baseline else ""

    def _draw(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        """The config, and the number of the trial that it repeats on another seed."""
        return self._drawing.config(trial)


def _never_begun(study: optuna.Study) -> bool:
    """Whether a launch was cut off before the study was one: nothing is in it but what a launch writes first."""
    ours = {kept.SWEEP, kept.DATA, kept.MODEL_SOURCE, kept.MODEL_WEIGHTS, kept.RESULTS, kept.IDENTITY}
    written = {name for name in study.user_attrs if not name.startswith(kept.WARM_START)}
    return not study.get_trials(deepcopy=False) and written <= ours


def taken(name: str) -> UserError:
    """The error of launching a name twice."""
    return UserError(
        f"{name}: a sweep of this name exists; continue it with `rts-search resume {name}` or choose another --name"
    )


def directions_of(sweep: SweepFile) -> list[StudyDirection]:
    """What becomes of val_acc and, for nsga2, of the gradient evaluations of a trial."""
    cost = [StudyDirection.MINIMIZE] if sweep.search.sampler == "nsga2" else []
    return [StudyDirection.MAXIMIZE, *cost]
