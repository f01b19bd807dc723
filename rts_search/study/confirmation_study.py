"""The study of a confirmation, kept beside its sweep's study: its planned runs, seeds, looks and verdict."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import asdict
from typing import Any

import optuna
from optuna.samplers import RandomSampler

from rts_search.basics.errors import UserError
from rts_search.study.attributes import (
    LOOK,
    PART_OF_CONFIRMATION,
    PLANNED_ALPHA,
    RUN,
    SEEDS,
    SWEEP,
    UNTESTED,
    VERDICT,
    look_name,
    run_name,
)
from rts_search.study.changes import allotted
from rts_search.study.confirmation_seeds import Seeds, of_earlier_version, with_more
from rts_search.study.damage import DamagedStudy, readable
from rts_search.study.database.storage import open_storage
from rts_search.study.looks import BEFORE_LOOKS, Look
from rts_search.study.open_trials import Configs
from rts_search.study.planned_runs import MOST_TRIES, PlannedRun, PlannedRuns
from rts_search.study.study import SweepStudy
from rts_search.study.study_reader import names_in
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import BudgetConfig, ResourcesConfig, SchedulerConfig
from trainables.core.settings.config import TrialConfig


class ConfirmationStudy(SweepStudy):
    """The confirmation of one sweep. A config is trained once, however often it is planned, unless its run is lost."""

    PART = PART_OF_CONFIRMATION
    VERB = "confirm"

    def __init__(self, study: optuna.Study) -> None:
        """Use `of`."""
        super().__init__(study)
        self.confirmed = self.sweep
        """The sweep as it was launched."""
        changes = {"scheduler": SchedulerConfig(name="none"), "baselines": (), "budget": BudgetConfig()}
        self.sweep = self.sweep.model_copy(update=changes)
        written = sorted(item for item in self._attributes().items() if item[0].startswith(RUN))
        with readable(f"study {study.study_name}"):
            self._runs = PlannedRuns(run for _, run in written)
        self._lost_before: Set[int] = frozenset()

    @classmethod
    def of(cls, storage_url: str, study: SweepStudy) -> "ConfirmationStudy":
        """The confirmation of a sweep; it begins now if there is none."""
        if cls.exists(storage_url, study.name):
            found = cls.load(storage_url, study.name)
        else:
            found = cls.create(storage_url, study.sweep, study.data, study.results)
        found.options = study.options
        return found

    def allot(self, resources: ResourcesConfig) -> None:
        """Change the resources of a run that `resources` sets. Raises: UserError."""
        self.confirmed, self.sweep = (allotted(one, resources) for one in (self.confirmed, self.sweep))
        self._write({SWEEP: self.confirmed.to_dict()})

    @classmethod
    def beside(cls, storage_url: str, name: str) -> list["ConfirmationStudy"]:
        """The confirmations of the other sweeps in a database that have taken a look, by name."""
        storage = open_storage(storage_url, must_exist=True)
        sweeps = (found.removesuffix(cls.PART) for found in names_in(storage) if cls.PART in found)
        others = []
        for sweep in sorted(sweeps):
            try:
                others += [cls.kept_in(storage, sweep)] if sweep != name else []
            except DamagedStudy:  # its looks count, and nobody knows how many there are
                raise
            except UserError:  # a study that this version cannot read
                continue
        return [other for other in others if other.looks]

    @property
    def total(self) -> int:
        """Number of planned runs."""
        return len(self._runs.configs)

    def limit(self, budget: BudgetConfig) -> None:
        """Limit the cost of all runs, those of earlier confirmations of this sweep included."""
        self.sweep = self.sweep.model_copy(update={"budget": budget})

    def try_lost_again(self) -> None:
        """Let `plan` try the runs again that are lost now."""
        self._lost_before = {entry.number for entry in self.trials() if is_lost(entry)}

    def plan(self, runs: Iterable[PlannedRun]) -> None:
        """Add the runs whose configs are not planned yet, and another try of those that were lost before."""
        for run in runs:
            config = run.config.to_dict()
            tries = self._runs.tries(config)
            if not tries or (tries[-1] in self._lost_before and len(tries) < MOST_TRIES):
                self._write({run_name(self.total): {"label": run.label, "config": config}})
                self._runs.add(run.label, config)

    def entry(self, config: TrialConfig, entries: Sequence[TrialEntry]) -> TrialEntry | None:
        """The last try of a config among the study's trials; None when it has not begun."""
        tries = self._runs.tries(config.to_dict())
        return entries[tries[-1]] if tries and tries[-1] < len(entries) else None

    def given_up(self, config: TrialConfig) -> bool:
        """Whether a config has had all its tries."""
        return len(self._runs.tries(config.to_dict())) >= MOST_TRIES

    def seeds(self, purpose: str, number: int, avoid: Set[int]) -> list[int]:
        """The first seeds of a purpose. They are always the same; a seed that is new is not in `avoid`.

        Args:
            purpose: `screening` or `measuring`.
            number: how many seeds are needed, >= 1.
            avoid: seeds that were used for training in the sweep.
        """
        kept = self._seeds()
        if len(kept[purpose]) < number:
            kept = with_more(kept, purpose, number, avoid)
            self._write({SEEDS: kept})
        return kept[purpose][:number]

    def _seeds(self) -> Seeds:
        kept: Seeds | None = self._attributes().get(SEEDS)
        return kept or of_earlier_version(self._runs)

    @property
    def screening(self) -> Set[int]:
        """The seeds of the screening."""
        return frozenset(self._seeds()["screening"])

    @property
    def measuring(self) -> Set[int]:
        """The seeds of the measurement."""
        return frozenset(self._seeds()["measuring"])

    @property
    def looks(self) -> list[Look]:
        """Every look so far. A verdict of a version that recorded no looks counts as one."""
        attrs = self._attributes()
        with readable(f"study {self._study.study_name}"):
            found = [Look(**attrs[name]) for name in sorted(attrs) if name.startswith(LOOK)]
        return found or ([BEFORE_LOOKS] if VERDICT in attrs and "seen" not in attrs[VERDICT] else [])

    @property
    def spent(self) -> float:
        """Error rate of the looks so far and of the looks that are planned and not taken yet."""
        looks, planned = self.looks, self.num_planned_looks
        return sum(look.alpha for look in looks) + max(0, planned - len(looks)) * (self.planned_alpha or 0.0)

    @property
    def num_planned_looks(self) -> int:
        """Number of looks that the sweep file plans; 0 without a plan."""
        section = self.confirmed.confirm
        return len(section.looks) if section is not None and section.looks is not None else 0

    @property
    def planned_alpha(self) -> float | None:
        """Error rate of each planned look; None before it is settled."""
        settled: float | None = self._attributes().get(PLANNED_ALPHA)
        return settled

    def settle_alpha(self, alpha: float) -> None:
        """Write down the error rate of each planned look, before the first of them."""
        self._write({PLANNED_ALPHA: alpha})

    def record_look(self, look: Look) -> None:
        """Write a look down. It is never removed."""
        self._write_looks([*self.looks, look])

    def _write_looks(self, looks: Sequence[Look]) -> None:
        for place, look in enumerate(looks):
            if look_name(place) not in self._attributes():
                self._write({look_name(place): asdict(look)})

    def untested(self, number: int) -> int:
        """How often reading the test part has failed for a run."""
        return int(self._attributes().get(UNTESTED, {}).get(str(number), 0))

    def note_untested(self, numbers: Iterable[int]) -> None:
        """Write down that reading the test part has failed for these runs."""
        tries = {str(number): self.untested(number) + 1 for number in numbers}
        if tries:
            self._write({UNTESTED: {**self._attributes().get(UNTESTED, {}), **tries}})

    @property
    def verdict(self) -> dict[str, Any] | None:
        """The last verdict as plain values, whether it still holds or not."""
        found: dict[str, Any] | None = self._attributes().get(VERDICT)
        return found

    def record_verdict(self, verdict: dict[str, Any]) -> None:
        """Write the verdict down."""
        self._write_looks(self.looks)  # a look of an earlier version is its verdict, replaced now
        self._write({VERDICT: verdict})

    def _configs(self) -> Configs:
        self._study.sampler = RandomSampler()  # draws nothing: every config is planned
        return self._runs


def has_diverged(entry: TrialEntry) -> bool:
    """Whether a run ended by diverging, which is an outcome of its method."""
    return entry.state == "FAIL" and entry.reason.startswith("diverged")


def is_lost(entry: TrialEntry) -> bool:
    """Whether a run failed for a reason that is not an outcome of its method, such as memory or a lost worker."""
    return entry.state == "FAIL" and not has_diverged(entry)


def counts_for_method(entry: TrialEntry) -> bool:
    """Whether a trial says something about its method: it completed, diverged or was stopped early."""
    return entry.completed or has_diverged(entry) or entry.held or entry.state == "PRUNED"
