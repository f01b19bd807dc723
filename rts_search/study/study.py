"""One sweep in its database: its facts, its trials, its tests and its costs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import optuna
from optuna.study import StudyDirection

from rts_search.basics.gc_pause import garbage_collection_paused
from rts_search.study import attributes as kept
from rts_search.study import changes, studies
from rts_search.study.budget import Meter
from rts_search.study.damage import damaged, readable
from rts_search.study.data_facts import DataFacts
from rts_search.study.database.storage import open_storage, patience_of, storage_errors, url_of
from rts_search.study.driven_study import DrivenStudy
from rts_search.study.first_attributes import first_attributes
from rts_search.study.open_trials import Configs, OpenTrials, reports_epochs
from rts_search.study.optuna_internals import engine_of, storage_of, study_id
from rts_search.study.samplers import make_sampler
from rts_search.study.samplers.earlier_results import EarlierResult
from rts_search.study.soundness import check_database
from rts_search.study.study_reader import attributes_of as read_attributes
from rts_search.study.trial_configs import TrialConfigs
from rts_search.study.trial_reader import Turn, read_trials, read_turns
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import BudgetConfig, ResourcesConfig
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import parse_sweep

R = TypeVar("R")


class SweepStudy(DrivenStudy):
    """One sweep in the database."""

    PART = ""
    """What follows the sweep's name in the name of the study; a part of a sweep has a study of its own."""
    VERB = "resume"
    """The command that continues the study."""

    def __init__(self, study: optuna.Study) -> None:
        """Use `create` or `load`."""
        super().__init__(study, study.study_name.removesuffix(self.PART))
        self.options = ""
        """The options with which commands find this study; the workspace sets them."""
        attrs = self._attributes()
        with readable(f"study {study.study_name}"):
            self.sweep: SweepFile = parse_sweep(attrs[kept.SWEEP], f"study {self.name}")
            self.identity: str = attrs[kept.IDENTITY]
            self.data = DataFacts(**attrs[kept.DATA])
            self.model_source: str | None = attrs[kept.MODEL_SOURCE]
            """Hash of the file of a user's own model at the launch."""
            self.model_weights: str | None = attrs.get(kept.MODEL_WEIGHTS)
            """Identity of the pretrained weights at the launch; none without any, and in earlier versions."""
            self.model_told: str = attrs.get(kept.MODEL_TOLD) or ""
            """The size of the model at the launch, in words; empty in earlier versions."""
            self.launched_by: str = str(attrs.get(kept.LAUNCHED_BY) or "")
            """The user whose process launched the sweep; empty in earlier versions."""
            self.executor: str = attrs.get(kept.EXECUTOR) or ""
            """Where its trials were trained last; empty before the first, and in earlier versions."""
            self.modules: str | None = attrs.get(kept.MODULES)
            """Folder of the user's own model or data set at the launch; none without any, and in earlier versions."""
            self.results: str | None = attrs[kept.RESULTS]
            """The results folder, where the study is kept in another place: two folders would mean two drivers."""
            directions = list(study.directions)
        expected = studies.directions_of(self.sweep)
        if directions != expected:
            raise damaged(
                f"study {study.study_name}", f"its directions must be {_names(expected)}, but are {_names(directions)}"
            )
        self._open: OpenTrials | None = None

    @property
    def go_on(self) -> str:
        """The command that continues the study, ready to be pasted."""
        return f"rts-search {self.VERB} {self.name}{self.options}"

    @property
    def judge(self) -> str:
        """The command that confirms the sweep, ready to be pasted."""
        return f"rts-search confirm {self.name}{self.options}"

    @classmethod
    def exists(cls, storage_url: str, name: str) -> bool:
        """Whether a sweep has this name. Raises: UserError: the database cannot be used."""
        return studies.exists(storage_url, name + cls.PART)

    @classmethod
    def create(
        cls,
        storage_url: str,
        sweep: SweepFile,
        data: DataFacts,
        results: str | None = None,
        earlier: Sequence[EarlierResult] = (),
        model: str = "",
    ) -> Self:
        """Begin a sweep.

        Args:
            storage_url: the database.
            sweep: its file.
            data: what its data looks like.
            results: its results folder, where the study is kept in another place.
            earlier: results of another sweep that its sampler learns from.
            model: the size of its model, in words.

        Raises:
            UserError: a sweep has this name.
        """
        attributes = first_attributes(sweep, data, results, earlier, model)
        with storage_errors(storage_url):
            return cls(studies.create(storage_url, sweep.name + cls.PART, sweep, attributes))

    @classmethod
    def load(cls, storage_url: str, name: str) -> Self:
        """The sweep of this name. Raises: UserError: there is none, or it is not ours."""
        with storage_errors(storage_url):
            return cls.kept_in(open_storage(storage_url, must_exist=True), name)

    @classmethod
    def kept_in(cls, storage: optuna.storages.BaseStorage, name: str) -> Self:
        """The sweep of this name in an open database. Raises: UserError: there is none, or it is not ours."""
        return cls(studies.load(storage, name, cls.PART))

    @classmethod
    def every(cls, storage_url: str, but: str = "") -> list["SweepStudy"]:
        """All sweeps of a database and their parts, by name, without the sweep `but`.

        Raises:
            UserError: the database cannot be used.
        """
        with storage_errors(storage_url):
            return [cls(study) for study in studies.every(open_storage(storage_url, must_exist=True), but)]

    def delete(self) -> None:
        """Remove the sweep and its parts from the database."""
        studies.delete(self._study, self.name)

    def extend(self, trials: int, arm: str | None = None) -> None:
        """Raise the number of trials of every arm, or of one. Raises: UserError: see `extended`."""
        self._change(self.extended(trials, arm))

    def extended(self, trials: int, arm: str | None = None) -> SweepFile:
        """The sweep with another number of trials, of every arm or of one.

        A baseline that is not in the file becomes an arm.

        Raises:
            UserError: the number would become smaller, the name is no method, or baselines are not tuned.
        """
        return changes.extended(self.sweep, trials, arm)

    def settle_in(self, results: str) -> None:
        """Write down that the results folder is here now."""
        if self.results != results:
            self._write({kept.RESULTS: results})
            self.results = results

    def note_executor(self, executor: str) -> None:
        """Write down where its trials are trained now."""
        if self.executor != executor:
            self._write({kept.EXECUTOR: executor})
            self.executor = executor

    def allow(self, budget: BudgetConfig) -> None:
        """Change the limits that `budget` gives. Raises: UserError."""
        self._change(self.sweep.with_budget(budget))

    def allot(self, resources: ResourcesConfig) -> None:
        """Change the resources of a trial that `resources` sets. Raises: UserError."""
        self._change(changes.allotted(self.sweep, resources))

    def _change(self, sweep: SweepFile) -> None:
        self.sweep = parse_sweep(sweep.to_dict(), f"study {self.name}")
        self._write({kept.SWEEP: self.sweep.to_dict()})
        if self._open is not None:
            self._open.configs = self._configs()

    @property
    def open_trials(self) -> OpenTrials:
        """The trials that this process trains. The first use makes the sampler, which reading never needs."""
        if self._open is None:
            self._open = OpenTrials(self._study, self.sweep.objective, self._configs())
        return self._open

    def _configs(self) -> Configs:
        self._study.sampler = make_sampler(self.sweep, self._attributes())
        return TrialConfigs(self.sweep, self.trials)

    def wait_for_database(self, seconds: float, say: Callable[[str], None]) -> None:
        """From now on, wait up to so many seconds for a database server that does not answer, and say so."""
        patience = patience_of(storage_of(self._study))
        patience.seconds, patience.say = seconds, say

    def meter(self, entries: Sequence[TrialEntry] | None = None) -> Meter:
        """What the sweep has cost so far, against its budget.

        entries: the sweep's trials, where they have just been read.
        """
        spent = sum(entry.spent for entry in (self.trials() if entries is None else entries))
        return Meter(self.sweep.budget, spent, **self._attributes().get(kept.TIMES, {}))

    def note_times(self, meter: Meter) -> None:
        """Write down how long the sweep has taken."""
        self._write({kept.TIMES: meter.times()})

    @property
    def total(self) -> int:
        """Number of trials of the whole sweep, baselines included."""
        return self.sweep.total_trials

    @property
    def ended(self) -> bool:
        """Whether every trial has been begun and has ended."""
        return self.ended_by(self.trials())

    def ended_by(self, entries: Sequence[TrialEntry]) -> bool:
        """The same, by the sweep's trials, which have just been read."""
        return len(entries) >= self.total and all(entry.state != "RUNNING" for entry in entries)

    def trials(self) -> list[TrialEntry]:
        """Every trial begun so far, by number. Raises: DamagedStudy: the database contradicts itself."""
        return self._read()

    def trial(self, number: int) -> TrialEntry:
        """The trial of this number."""
        return self._read(number)[0]

    def _read(self, number: int | None = None) -> list[TrialEntry]:
        storage, which, reports = storage_of(self._study), study_id(self._study), reports_epochs(self._study)
        name, objective = self._study.study_name, self.sweep.objective
        begun = self._attributes().get(kept.BEGUN, 0) if number is None else 0
        with garbage_collection_paused():
            return self._asked(lambda: read_trials(engine_of(storage), which, name, objective, reports, begun, number))

    def turns(self) -> dict[int, list[Turn]]:
        """Trial number -> its turns: the times in which it had a worker."""
        storage, which = storage_of(self._study), study_id(self._study)
        return self._asked(lambda: read_turns(engine_of(storage), which, self._study.study_name))

    def test_accuracies(self) -> dict[int, dict[str, Any]]:
        """Trial number -> {"epochs": n, "test_acc": x, ...} of every trial that has been tested."""
        found = self._attributes().items()
        return {kept.number_in(name): test for name, test in found if name.startswith(kept.TEST)}

    def record_test(self, number: int, epochs: int, values: Mapping[str, float]) -> None:
        """Write down a trial's values on the test part after so many epochs, by name, such as test_acc."""
        self._write({kept.test_name(number): {"epochs": epochs, **values}})

    def require_sound(self) -> None:
        """Check the whole database. Called before the sweep goes on. Raises: UserError: it is damaged."""
        self._asked(lambda: check_database(self._study))

    def _attributes(self) -> dict[str, Any]:
        """What the study keeps besides its trials, by name. Raises: DamagedStudy."""
        return self._asked(lambda: read_attributes(self._study))

    def _asked(self, question: Callable[[], R]) -> R:
        """Ask the database. Raises: UserError: it cannot be used, or is damaged."""
        storage = storage_of(self._study)
        with storage_errors(url_of(storage)), readable(f"study {self._study.study_name}"):
            return patience_of(storage).insist(question)


def _names(directions: Sequence[StudyDirection]) -> str:
    return " and ".join(direction.name.lower() for direction in directions) or "missing"
