"""A worker, which trains one trial after another in its process and reports the epochs. It needs no Ray."""

import time
from collections.abc import Iterator
from typing import Any

import torch

from trainables.core.data import Dataset, load_dataset
from trainables.core.models.weights import MissingWeightsError
from trainables.core.settings.config import DatasetConfig, TrialConfig
from trainables.core.settings.metrics import METRICS
from trainables.core.settings.section import first_line
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.epoch_figures import DivergedError
from trainables.core.training.trial import EpochOutcome, Trial
from trainables.order import TrialOrder

CPU_ALLOCATOR = "DefaultCPUAllocator"


class TrialWorker:
    """Carries out one order after another. Only the decoded data set is kept between orders."""

    def __init__(self) -> None:
        keep_freed_memory()
        self._loaded: tuple[DatasetConfig, Dataset] | None = None

    def take(self, order: TrialOrder) -> None:
        """Begin an order, and forget the one before."""
        self._order = order
        self._cost = 0
        self._trial: Trial | None = None
        self._outcomes: Iterator[EpochOutcome] | None = None

    def report(self) -> dict[str, Any]:
        """Train until a report is due. Every report has the same keys:

        epochs: the epochs since the last report, each as plain values.
        outcome: `epoch` while the trial continues or is complete; `test` for a test; otherwise why the trial
            ended: `diverged`, `missing weights`, `out of memory`, `machine` (such as a full disk) or `failed`.
        reason: one line if the trial ended early, otherwise empty.
        computed: gradient evaluations of this worker for the order so far.
        done: whether this is the last report of the order.
        test: name -> value on the test part, such as test_acc; empty if there is none.

        Raises: torch.AcceleratorError when this process has lost its GPU.
        """
        epochs: list[dict[str, Any]] = []
        try:
            if self._order.tested_epochs:
                return self._tell([], "test", done=True, test=self._test())
            done = self._train(epochs)
        except DivergedError as error:
            return self._ended(epochs, "diverged", error.reason)
        except MissingWeightsError as error:
            return self._ended(epochs, "missing weights", first_line(error.within("model")))
        except (torch.OutOfMemoryError, MemoryError) as error:
            return self._ended(epochs, "out of memory", first_line(error))
        except torch.AcceleratorError:
            raise
        except OSError as error:
            return self._ended(epochs, "machine", first_line(error))
        except Exception as error:
            if CPU_ALLOCATOR in str(error):  # torch has no separate error class for a lack of CPU memory
                return self._ended(epochs, "out of memory", first_line(error))
            return self._ended(epochs, "failed", f"{type(error).__name__}: {first_line(error)}")
        return self._tell(epochs, "epoch", done=done)

    def _train(self, epochs: list[dict[str, Any]]) -> bool:
        """Append epochs until a report is due. Returns whether the trial is complete."""
        began = time.monotonic()
        if self._outcomes is None:
            self._trial = self._order.trial(self._dataset())
            self._outcomes = self._trial.epochs()
        assert self._trial is not None
        while True:
            outcome = next(self._outcomes)
            record = outcome.stored.record
            cost = self._trial.charged(record.gradient_evaluations)
            epochs.append(
                {
                    "epoch": record.epoch,
                    "key": outcome.stored.key,
                    "provenance": outcome.stored.provenance,
                    "spent": outcome.spent,
                    "gradient_evaluations": cost,
                    **{name: getattr(record, name) for name in METRICS},
                    "computed": self._computed(),
                    "notes": list(outcome.notes),
                }
            )
            judged = any(self._cost < rung <= cost for rung in self._order.report_costs)
            self._cost = cost
            if record.epoch + 1 == self._order.config["training"]["epochs"]:
                return True
            if judged or time.monotonic() - began >= self._order.report_seconds:
                return False

    def _test(self) -> dict[str, float]:
        """Values on the test part; none without the pretrained weights, which the state's address needs."""
        dataset = self._dataset()
        try:
            engine = self._order.trial(dataset).engine_after(self._order.tested_epochs)
        except MissingWeightsError:
            return {}
        return engine.evaluate(dataset.test).tests()

    def _computed(self) -> int:
        return self._trial.charged(self._trial.computed) if self._trial is not None else 0

    def _dataset(self) -> Dataset:
        wanted = TrialConfig.from_dict(self._order.config).dataset
        if self._loaded is None or self._loaded[0] != wanted:
            self._loaded = (wanted, load_dataset(wanted))
        return self._loaded[1]

    def _ended(self, epochs: list[dict[str, Any]], outcome: str, reason: str) -> dict[str, Any]:
        self._outcomes = None  # this frees the model and its memory on the device
        return self._tell(epochs, outcome, done=True, reason=reason)

    def _tell(
        self,
        epochs: list[dict[str, Any]],
        outcome: str,
        done: bool,
        reason: str = "",
        test: dict[str, float] | None = None,
    ) -> dict[str, Any]:
        return {
            "number": self._order.number,
            "epochs": epochs,
            "outcome": outcome,
            "reason": reason,
            "computed": self._computed(),
            "done": done,
            "test": test or {},
        }


def accuracy_on_test(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out a test order in a new worker, and return its report."""
    worker = TrialWorker()
    worker.take(TrialOrder.from_dict(order))
    return worker.report()
