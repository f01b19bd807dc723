"""Confirmations with real studies and decisions, where made-up accuracies replace the training."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from rts_search.analysis.confirmation.confirmation import Confirmation
from rts_search.analysis.confirmation.pairs import Contender
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.confirm_section import ConfirmConfig
from rts_search.sweep.sections import BudgetConfig, ObjectiveConfig
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.history.lineage import epoch_settings
from trainables.core.settings.config import TrialConfig

FACTS = DataFacts("fingerprint", 8, 256, 64, 10_000)
EPOCHS = 2
SPACE = "space={radius: {value: [0.5, 1.0, 2.0]}, timing: {switch_epoch: [1]}}"
RULED = "space={radius: {value: [0.5, 1.0, 2.0]}, timing: {rule: gradient_variance, window: 4, decay: 0.5, start: 4}}"

End = Callable[[str, TrialConfig], float | str]
"""The end of a run, by its label and config: its accuracy, or the reason why it failed."""


def noise(label: str, seed: int, size: float = 0.002) -> float:
    """The noise of one method on one seed, always the same."""
    return size * float(np.random.default_rng([zlib.crc32(label.encode()), seed]).standard_normal())


def reaching(**means: float) -> End:
    """Every method reaches its mean plus the noise of the seed; the mean is 0.9 where none is given."""
    return lambda label, config: (
        means.get(f"t{label}" if label.isdigit() else label, 0.9) + noise(label, config.training.seed)
    )


def by_last_digit(seed: int) -> int:
    """The epoch in which PUGD starts: 1 more than the last digit of the seed."""
    return seed % 10 + 1


@dataclass
class Played:
    """One sweep of three settings and two baselines in a database, and its confirmations."""

    url: str
    name: str = "mine"
    space: str = SPACE
    settings: tuple[str, ...] = ()
    switches: Callable[[int], int] = by_last_digit
    """Epoch in which PUGD starts by training seed, where a rule decides."""
    trained: list[tuple[str, int]] = field(default_factory=list)
    """Label and seed of every run, in the order of its training."""
    _sweep: SweepStudy | None = None

    @property
    def sweep(self) -> SweepStudy:
        """The searched sweep."""
        assert self._sweep is not None
        return self._sweep

    def search(self) -> None:
        """Make the sweep and end its trials: trial 3 is the best, then 4 where there is one, then 2."""
        general = (f"training.epochs={EPOCHS}", "scheduler=none", "baselines=[sgd, pugd]", "search={sampler: grid}")
        sweep = load_sweep("digits", [f"name={self.name}", *general, self.space, *self.settings])
        self._sweep = SweepStudy.create(self.url, sweep, FACTS)
        for number in range(self.sweep.total):
            self._end(self.sweep, self.sweep.open_trials.begin(), {2: 0.93, 3: 0.95, 4: 0.94}.get(number, 0.9))

    @classmethod
    def at(cls, folder: Path, **changes: Any) -> "Played":
        """In a folder."""
        return cls(f"sqlite:///{folder / 'studies.sqlite3'}", **changes)

    def searched(self) -> "Played":
        """With its search over. A new database is a copy of one that was searched before in this process."""
        file = Path(self.url.removeprefix("sqlite:///"))
        if file.exists():
            self.search()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_searched(self.name, self.space, self.settings, self.switches))
            self._sweep = SweepStudy.load(self.url, self.name)
        return self

    def _end(self, study: SweepStudy, entry: TrialEntry, end: float | str) -> None:
        config = entry.settings
        cost, epochs = 0, config.training.epochs
        decided = config.timing.switch_epoch
        switch = self.switches(config.training.seed) if decided is None else decided
        for epoch in range(epochs if isinstance(end, float) else 1):
            cost += FACTS.steps_per_epoch * epoch_settings(config, epoch, switch).gradients_per_step
            value = end if isinstance(end, float) else 0.1
            recorded = EpochEntry(epoch, f"{entry.number}.{epoch}", "here", True, cost, value)
            study.open_trials.record_epoch(entry.number, recorded)
        study.open_trials.finish(entry.number, *(("COMPLETE",) if isinstance(end, float) else ("FAIL", end)))

    def confirmation(self, top_k: int = 1, seeds: int = 5, **changes: Any) -> Confirmation:
        """A confirmation, made as the command makes it."""
        ranked = sorted(
            self.sweep.trials()[len(self.sweep.sweep.baselines) :],
            key=lambda entry: -(entry.value(ObjectiveConfig()) or 0.0),
        )
        contenders = [Contender(e.number, e.settings, e.cost, f"t{e.number}") for e in ranked[:top_k]]
        asked = {name: changes.pop(name) for name in ("looks", "budget", "screening_seeds") if name in changes}
        settings = ConfirmConfig(top_k=top_k, **({} if "looks" in asked else {"seeds": seeds}), **asked)
        study = ConfirmationStudy.of(self.url, self.sweep)
        return replace(Confirmation(study, settings, contenders, 3, "digest"), **changes)

    def confirm(self, end: End, untested: Sequence[str] = (), **changes: Any) -> Verdict:
        """The verdict, where every run ends as `end` says; those of the labels `untested` cannot be tested."""
        confirmation = self.confirmation(**changes)

        def train(study: ConfirmationStudy, purpose: str) -> None:
            del purpose
            entries = study.trials()
            left, planned = [entry for entry in entries if entry.state == "RUNNING"], study.total - len(entries)
            bounded = study.meter().budget != BudgetConfig()
            while (left or planned) and not (bounded and study.meter().exhausted()):
                if left:
                    entry = study.open_trials.take_up(left.pop(0))
                else:
                    entry, planned = study.open_trials.begin(), planned - 1
                config = entry.settings
                self.trained.append((entry.baseline, config.training.seed))
                self._end(study, entry, end(entry.baseline, config))

        def test(study: ConfirmationStudy, entries: Sequence[TrialEntry]) -> dict[int, str]:
            tested = study.test_accuracies()
            for entry in entries:
                if entry.baseline not in untested and entry.number not in tested:
                    study.record_test(
                        entry.number, len(entry.epochs), {"test_acc": entry.value(ObjectiveConfig()) or 0.0}
                    )
            return {entry.number: "no memory" for entry in entries if entry.baseline in untested}

        return confirmation.run(train, test)


@cache
def _searched(name: str, space: str, settings: tuple[str, ...], switches: Callable[[int], int]) -> bytes:
    """The database of a searched sweep. Making one takes longer than a short confirmation."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "studies.sqlite3"
        Played(f"sqlite:///{file}", name, space, settings, switches).search()
        return file.read_bytes()
