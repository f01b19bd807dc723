"""Trains epochs anew whose records are lost, and compares them with what the study has of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from trainables.core.data import Dataset, load_dataset
from trainables.core.history.provenance import machine, machine_id
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import MOST_STATE_BYTES, Store
from trainables.core.models.weights import MissingWeightsError
from trainables.core.settings.config import DatasetConfig, TrialConfig
from trainables.core.settings.metrics import DEFAULT_METRIC, METRICS
from trainables.core.settings.section import first_line
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.epoch_figures import DivergedError
from trainables.core.training.trial import Trial
from trainables.order import TrialOrder

Address = tuple[str, str]
NOT_REPEATED = ("seconds",)
"""The figures of an epoch that differ each time it is trained."""


class ContradictionError(ValueError):
    """An epoch that was trained anew has other numbers than before."""


@dataclass(frozen=True)
class RestoreTask:
    """The lost epochs of one trial. It has plain values only."""

    order: dict[str, Any]
    """The trial's TrialOrder."""
    epochs: tuple[dict[str, Any], ...]
    """Of every recorded epoch of the trial, in order: key, provenance, trained_by (whose epoch it is), and the values
    of the metrics that the study has."""
    lost: tuple[int, ...]
    """Those that are lost, counted from 0, ascending."""
    micro_batches: tuple[int, ...]
    """Numbers of parts of a mini-batch with which the trial may have been trained."""


class ScratchStore(Store):
    """A store whose files are read, but never changed: what is written goes to a folder of its own.

    Each record that is written is first compared with an earlier one of its address and with what the study has.
    """

    def __init__(self, url: str, scratch: str, expected: Mapping[Address, Mapping[str, Any]]) -> None:
        """
        Args:
            url: the store.
            scratch: the folder for what is written.
            expected: address of an epoch -> its values in the study.
        """
        super().__init__(scratch)
        self._below, self._expected = Store(url), expected

    def read(self, key: str, provenance: str) -> StoredEpoch:
        """Return the record at this address. Raises: see `Store.read`."""
        return self._below.epoch(key, provenance) or super().read(key, provenance)

    def epochs(self, key: str) -> list[StoredEpoch]:
        """Return all undamaged records under this key, one per provenance, sorted by provenance."""
        found = {epoch.provenance: epoch for epoch in (*super().epochs(key), *self._below.epochs(key))}
        return [found[provenance] for provenance in sorted(found)]

    def put_epoch(self, epoch: StoredEpoch, metric: str = DEFAULT_METRIC.name) -> None:
        """Compare a record, and write it. Raises: ContradictionError."""
        there = self.epoch(epoch.key, epoch.provenance)
        before = {} if there is None else vars(there.record)
        for known in (self._expected.get((epoch.key, epoch.provenance), {}), before):
            if wrong := _contradiction(epoch, known):
                self.drop_state(epoch.key, epoch.provenance)
                raise ContradictionError(wrong)
        super().put_epoch(epoch, metric)

    def has_state(self, key: str, provenance: str) -> bool:
        """Whether there is a state at this address. It may be damaged."""
        return super().has_state(key, provenance) or self._below.has_state(key, provenance)

    def state(self, key: str, provenance: str, most: int = MOST_STATE_BYTES) -> bytes:
        """Return the state at this address. Raises: see `Store.state`."""
        own = super().has_state(key, provenance)
        return super().state(key, provenance, most) if own else self._below.state(key, provenance, most)


def _contradiction(epoch: StoredEpoch, known: Mapping[str, Any]) -> str:
    """Which of these values a record does not have, in words; empty for none. A value of None is not known."""
    for name, value in known.items():
        found = getattr(epoch.record, name)
        if value is not None and found != value and name not in NOT_REPEATED:
            return f"epoch {epoch.record.epoch + 1} has {name} {found!r} when it is trained anew, but had {value!r}"
    return ""


class Restorer:
    """Carries out one task after another in its process. Only the decoded data set is kept between them."""

    def __init__(self, store: str, scratch: str) -> None:
        """`store`: URL of the checkpoint store; `scratch`: the folder for what has not been compared yet."""
        keep_freed_memory()
        self._store, self._scratch = store, scratch
        self._loaded: tuple[DatasetConfig, Dataset] | None = None

    def restore(self, task: RestoreTask) -> tuple[int, str]:
        """Train the lost epochs of a trial, and store their records if all of them are as the study has them.

        Returns the number of records that are stored, and why others are not, in one line; empty for none.
        """
        try:
            found, left = self._trained(task)
            for epoch in found:
                Store(self._store).put_epoch(epoch, task.order["metric"])
        except (ContradictionError, DivergedError) as error:
            return 0, f"{first_line(error)}; nothing is stored"
        except MissingWeightsError as error:
            return 0, first_line(error.within("model"))
        except OSError as error:
            return 0, first_line(error)
        return len(found), left

    def _trained(self, task: RestoreTask) -> tuple[list[StoredEpoch], str]:
        """The lost epochs, trained anew, and why others are not among them."""
        order, addresses = TrialOrder.from_dict(task.order), [(one["key"], one["provenance"]) for one in task.epochs]
        values = ({name: one.get(name) for name in METRICS} for one in task.epochs)
        store = ScratchStore(self._store, self._scratch, dict(zip(addresses, values, strict=True)))
        found, left = [], ""
        for provenance, lost in _runs(task.lost, addresses):
            trial = self._trial(order, provenance, task.micro_batches)
            if trial is None:
                left = f"epoch {lost[0] + 1} was trained on another machine or with other libraries ({provenance})"
                continue
            replace(trial, store=store).engine_after(lost[-1] + 1)
            for epoch in lost:
                stored = store.epoch(*addresses[epoch])
                if stored is None:
                    left = f"epoch {epoch + 1} follows an epoch whose state is lost and that another machine trained"
                else:
                    found.append(replace(stored, trained_by=task.epochs[epoch]["trained_by"]))
        return found, left

    def _trial(self, order: TrialOrder, provenance: str, micro_batches: Sequence[int]) -> Trial | None:
        """The trial as this machine would train it with this provenance; None when it would have another."""
        trial, here = order.trial(self._dataset(order)), provenance.rpartition("-")[2]
        for parts in micro_batches:
            if machine_id(machine(trial.device, parts, trial.config.model.name)) == here:
                return replace(trial, micro_batches=parts)
        return None

    def _dataset(self, order: TrialOrder) -> Dataset:
        wanted = TrialConfig.from_dict(order.config).dataset
        if self._loaded is None or self._loaded[0] != wanted:
            self._loaded = (wanted, load_dataset(wanted))
        return self._loaded[1]


def _runs(lost: Sequence[int], addresses: Sequence[Address]) -> Iterator[tuple[str, list[int]]]:
    """The lost epochs in runs of neighbours with one provenance, which are trained in one go."""
    numbered = enumerate(lost)
    for (_, provenance), run in groupby(numbered, lambda one: (one[1] - one[0], addresses[one[1]][1])):
        yield provenance, [epoch for _, epoch in run]
