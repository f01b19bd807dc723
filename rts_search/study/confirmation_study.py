"""The study of a confirmation beside its sweep's: the runs that were decided before they begin, its seeds and looks."""

import contextlib
import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

import optuna
from optuna.samplers import RandomSampler
from optuna.trial import Trial

from rts_search.basics.errors import UserError
from rts_search.study.attributes import (
    LOOK,
    PART_OF_CONFIRMATION,
    PLANNED_ALPHA,
    RUN,
    SEEDS,
    UNTESTED,
    VERDICT,
    look_name,
    run_name,
)
from rts_search.study.database.storage import open_storage
from rts_search.study.looks import BEFORE_LOOKS, Look
from rts_search.study.open_trials import Configs
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import BudgetConfig, SchedulerConfig
from trainables.core.settings.config import TrialConfig

MOST_TRIES = 4
"""A run that is lost is tried again by as many later confirmations as make this many tries in all."""
FIRST_SEED = {"screening": 1_000_000, "measuring": 2_000_000}
"""Seeds that have screened must never measure, so each purpose has a range of its own."""


@dataclass(frozen=True)
class PlannedRun:
    """One training of a confirmation."""

    label: str
    """What it is, to be shown: the number of a contender, or the name of a baseline."""
    config: TrialConfig


@dataclass
class _Runs:
    """The planned runs, by number."""

    labels: list[str]
    configs: list[dict[str, Any]]

    def label(self, number: int) -> str:
        """A contender's number or a baseline's name."""
        return self.labels[number]

    def config(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        """The config that was planned."""
        return TrialConfig.from_dict(self.configs[trial.number]), None


class ConfirmationStudy(SweepStudy):
    """The confirmation of one sweep; a config is trained once, however often it is planned, unless its run was lost."""

    PART = PART_OF_CONFIRMATION

    def __init__(self, study: optuna.Study) -> None:
        """Use `of`."""
        super().__init__(study)
        self.go_on = f"rts-search confirm {self.name}"
        self.confirmed = self.sweep
        """The sweep as it was launched."""
        changes = {"scheduler": SchedulerConfig(name="none"), "baselines": (), "budget": BudgetConfig()}
        self.sweep = self.sweep.model_copy(update=changes)
        written = sorted(item for item in study.user_attrs.items() if item[0].startswith(RUN))
        self._runs = _Runs([run["label"] for _, run in written], [run["config"] for _, run in written])
        self._tries: dict[str, list[int]] = {}
        for number, config in enumerate(self._runs.configs):
            self._tries.setdefault(_text(config), []).append(number)
        self._lost_before: Set[int] = frozenset()

    @classmethod
    def of(cls, storage_url: str, study: SweepStudy) -> "ConfirmationStudy":
        """The confirmation of a sweep, begun when there is none yet."""
        if cls.exists(storage_url, study.name):
            return cls.load(storage_url, study.name)
        return cls.create(storage_url, study.sweep, study.data, study.results)

    @classmethod
    def beside(cls, storage_url: str, name: str) -> list["ConfirmationStudy"]:
        """The confirmations of all other sweeps in the same database, by name."""
        storage = open_storage(storage_url, must_exist=True)
        sweeps = (found.removesuffix(cls.PART) for found in optuna.get_all_study_names(storage) if cls.PART in found)
        others = []
        for sweep in sorted(sweeps):
            with contextlib.suppress(UserError):  # a study that this version cannot read has to be no hindrance here
                others += [cls.kept_in(storage, sweep)] if sweep != name else []
        return [other for other in others if other.looks]

    @property
    def total(self) -> int:
        """Number of runs planned so far."""
        return len(self._runs.configs)

    def limit(self, budget: BudgetConfig) -> None:
        """Set what the runs may cost in all, those of earlier calls included."""
        self.sweep = self.sweep.model_copy(update={"budget": budget})

    def try_lost_again(self) -> None:
        """From now on `plan` gives another try to the runs that are lost by now."""
        self._lost_before = {entry.number for entry in self.trials() if is_lost(entry)}

    def plan(self, runs: Iterable[PlannedRun]) -> None:
        """Add the runs whose configs are not planned yet, and further tries of those that were lost before."""
        for run in runs:
            config = run.config.to_dict()
            tries = self._tries.setdefault(_text(config), [])
            if not tries or (tries[-1] in self._lost_before and len(tries) < MOST_TRIES):
                self._study.set_user_attr(run_name(self.total), {"label": run.label, "config": config})
                tries.append(self.total)
                self._runs.labels.append(run.label)
                self._runs.configs.append(config)

    def entry(self, config: TrialConfig, entries: Sequence[TrialEntry]) -> TrialEntry | None:
        """The last try of a config among the study's trials; None when it has not begun."""
        tries = self._tries.get(_text(config.to_dict()), [])
        return entries[tries[-1]] if tries and tries[-1] < len(entries) else None

    def given_up(self, config: TrialConfig) -> bool:
        """Whether a config that was lost is not tried any more."""
        return len(self._tries.get(_text(config.to_dict()), [])) >= MOST_TRIES

    def seeds(self, purpose: str, number: int, avoid: Set[int]) -> list[int]:
        """The first seeds of a purpose (`screening` or `measuring`), always the same; new ones are none of `avoid`."""
        kept: dict[str, list[int]] = self._study.user_attrs.get(SEEDS) or self._seeds_of_before()
        own, other = kept[purpose], [seed for name, seeds in kept.items() if name != purpose for seed in seeds]
        if len(own) < number:
            ahead = (seed for seed in count(FIRST_SEED[purpose]) if seed not in {*own, *other, *avoid})
            own = [*own, *(next(ahead) for _ in range(number - len(own)))]
            self._study.set_user_attr(SEEDS, {**kept, purpose: own})
        return own[:number]

    def _seeds_of_before(self) -> dict[str, list[int]]:
        """The seeds of a confirmation that an earlier version began, where it is sure that none did both.

        There, measuring began behind the screening seeds, or, with a single contender, on them.
        """
        screening, measuring = set[int](), set[int]()
        contenders = {label for label in self._runs.labels if label.isdigit()}
        for label, config in zip(self._runs.labels, self._runs.configs, strict=True):
            (screening if label.isdigit() else measuring).add(config["training"]["seed"])
        screening -= measuring
        apart = not screening or not measuring or max(screening) < min(measuring)
        if not apart or (not screening and len(contenders) > 1):
            return {"screening": [], "measuring": []}
        return {"screening": sorted(screening), "measuring": sorted(measuring)}

    @property
    def screening(self) -> Set[int]:
        """The seeds that have screened."""
        kept: dict[str, list[int]] = self._study.user_attrs.get(SEEDS) or self._seeds_of_before()
        return frozenset(kept["screening"])

    @property
    def looks(self) -> list[Look]:
        """Every judgement so far; the verdict of an earlier version counts as one."""
        attrs = self._study.user_attrs
        found = [Look(**attrs[name]) for name in sorted(attrs) if name.startswith(LOOK)]
        return found or ([BEFORE_LOOKS] if VERDICT in attrs and "seen" not in attrs[VERDICT] else [])

    @property
    def spent(self) -> float:
        """What the looks were given, and what is promised to those that are planned and not taken yet."""
        looks, planned = self.looks, self.num_planned_looks
        return sum(look.alpha for look in looks) + max(0, planned - len(looks)) * (self.planned_alpha or 0.0)

    @property
    def num_planned_looks(self) -> int:
        """Looks that the sweep file plans; 0 where it plans none."""
        section = self.confirmed.confirm
        return len(section.looks) if section is not None and section.looks is not None else 0

    @property
    def planned_alpha(self) -> float | None:
        """What each planned look may spend, once it is settled."""
        settled: float | None = self._study.user_attrs.get(PLANNED_ALPHA)
        return settled

    def settle_alpha(self, alpha: float) -> None:
        """Write down what each planned look may spend, before the first of them."""
        self._study.set_user_attr(PLANNED_ALPHA, alpha)

    def record_look(self, look: Look) -> None:
        """Write a judgement down; it stays."""
        self._write_looks([*self.looks, look])

    def _write_looks(self, looks: Sequence[Look]) -> None:
        for place, look in enumerate(looks):
            if look_name(place) not in self._study.user_attrs:
                self._study.set_user_attr(look_name(place), asdict(look))

    def untested(self, number: int) -> int:
        """How often the test part could not be read for a run."""
        return int(self._study.user_attrs.get(UNTESTED, {}).get(str(number), 0))

    def note_untested(self, numbers: Iterable[int]) -> None:
        """Write down that the test part could not be read for these runs."""
        tries = {str(number): self.untested(number) + 1 for number in numbers}
        if tries:
            self._study.set_user_attr(UNTESTED, {**self._study.user_attrs.get(UNTESTED, {}), **tries})

    @property
    def verdict(self) -> dict[str, Any] | None:
        """The last verdict as plain values, whether it still holds or not."""
        found: dict[str, Any] | None = self._study.user_attrs.get(VERDICT)
        return found

    def record_verdict(self, verdict: dict[str, Any]) -> None:
        """Write the verdict down."""
        self._write_looks(self.looks)  # that of an earlier version, whose verdict goes now
        self._study.set_user_attr(VERDICT, verdict)

    def _configs(self) -> Configs:
        self._study.sampler = RandomSampler()  # draws nothing: every config is planned
        return self._runs


def has_diverged(entry: TrialEntry) -> bool:
    """Whether a run ended by diverging, which is an outcome of its method."""
    return entry.state == "FAIL" and entry.reason.startswith("diverged")


def is_lost(entry: TrialEntry) -> bool:
    """Whether a run ended by what is no outcome of its method: memory, a lost worker, missing weights, a machine."""
    return entry.state == "FAIL" and not has_diverged(entry)


def _text(config: dict[str, Any]) -> str:
    return json.dumps(config, sort_keys=True)
