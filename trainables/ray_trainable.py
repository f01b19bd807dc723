"""The door through which Ray enters the training core: a trial as a Ray Trainable, and the final test."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from ray import tune

from trainables.core.data import Dataset, load_dataset
from trainables.core.history.store import Store
from trainables.core.models.weights import MissingWeightsError
from trainables.core.settings.config import DatasetConfig, TrialConfig
from trainables.core.settings.section import first_line
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.engine import DivergedError
from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial

CPU_ALLOCATOR = "DefaultCPUAllocator"


@dataclass(frozen=True)
class TrialOrder:
    """What the driver asks of a worker: one trial, and how it stands to the store. Plain values only."""

    number: int
    """The trial's number in its study."""
    name: str
    """The trial's unique name in the store."""
    config: dict[str, Any]
    """TrialConfig as plain values."""
    store: str
    """URL of the checkpoint store."""
    sharing: str
    branch_epochs: tuple[int, ...]
    state_every_seconds: float
    threads: int
    """CPU threads of torch in this trial."""
    gpu: bool = False
    """Whether the trial was given a GPU or a share of one; otherwise it leaves the node's GPUs alone."""
    judged_costs: tuple[float, ...] = ()
    """Gradient evaluations at which the trial may be stopped, to go on later."""
    adopted: tuple[tuple[str, str], ...] = ()
    """Addresses (key, provenance) of the epochs that the trial has on record."""
    micro_batches: int = 1
    """Parts in which a mini-batch goes through the model, where that is possible."""
    states_replaced: bool = False
    """Whether a state that only a resume needs stays no longer than until the next."""
    rule: str = "last"
    """The objective's rule, by which epoch the trial is judged."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as Ray carries them."""
        return {
            **asdict(self),
            "branch_epochs": list(self.branch_epochs),
            "judged_costs": list(self.judged_costs),
            "adopted": [list(address) for address in self.adopted],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrialOrder":
        """The way back."""
        adopted = tuple((key, provenance) for key, provenance in values["adopted"])
        tuples = {name: tuple(values[name]) for name in ("branch_epochs", "judged_costs")}
        return cls(**{**values, **tuples, "adopted": adopted})

    def trial(self, dataset: Dataset) -> Trial:
        """The trial, on the GPU that Ray gave this worker, or on the CPU when it was given none."""
        torch.set_num_threads(self.threads)
        return Trial(
            config=TrialConfig.from_dict(self.config),
            dataset=dataset,
            store=Store(self.store),
            name=self.name,
            sharing=self.sharing,
            policy=StatePolicy(
                frozenset(self.branch_epochs),
                self.state_every_seconds,
                self.states_replaced,
                self.rule,
                self.judged_costs,
            ),
            device=torch.device("cuda" if self.gpu and torch.cuda.is_available() else "cpu"),
            adopted=frozenset(self.adopted),
            micro_batches=self.micro_batches,
        )


class RTSTrainable(tune.Trainable):
    """Trains one trial after another in the same process; the decoded data set stays, everything else is made anew."""

    def setup(self, config: dict[str, Any]) -> None:
        """Take the first order."""
        keep_freed_memory()
        self._loaded: tuple[DatasetConfig, Dataset] | None = None
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take the next order; nothing of the trial before is left."""
        self._order = TrialOrder.from_dict(new_config["order"])
        self._last: EpochOutcome | None = None
        self._trial: Trial | None = None
        self._outcomes: Iterator[EpochOutcome] | None = None
        return True

    def step(self) -> dict[str, Any]:
        """One epoch, or how the trial ended without one; every result has the same keys."""
        try:
            if self._outcomes is None:
                self._trial = self._order.trial(self._dataset())
                self._outcomes = self._trial.epochs()
            self._last = next(self._outcomes)
        except DivergedError as error:
            return self._ended("diverged", error.reason)
        except MissingWeightsError as error:
            return self._ended("missing weights", first_line(error.within("model")))
        except (torch.OutOfMemoryError, MemoryError) as error:
            return self._ended("out of memory", first_line(error))
        except torch.AcceleratorError:
            raise  # the GPU is lost to this process: it dies, and the trial goes on in another
        except OSError as error:
            return self._ended("machine", first_line(error))
        except Exception as error:
            if CPU_ALLOCATOR in str(error):  # torch has no error of its own for the memory of a CPU
                return self._ended("out of memory", first_line(error))
            return self._ended("failed", f"{type(error).__name__}: {first_line(error)}")
        record = self._last.stored.record
        done = record.epoch + 1 == self._order.config["training"]["epochs"]
        return {**self._figures(), "outcome": "epoch", "reason": "", "done": done}

    def _dataset(self) -> Dataset:
        wanted = TrialConfig.from_dict(self._order.config).dataset
        if self._loaded is None or self._loaded[0] != wanted:
            self._loaded = (wanted, load_dataset(wanted))
        return self._loaded[1]

    def _ended(self, outcome: str, reason: str) -> dict[str, Any]:
        """A trial that ends without another epoch; its accuracy is 0, never NaN, which Tune would mishandle."""
        self._outcomes = None  # and with it the model and what it holds on the device
        return {**self._figures(), "val_acc": 0.0, "outcome": outcome, "reason": reason, "done": True}

    def _figures(self) -> dict[str, Any]:
        """The keys that every result has, filled from the last epoch."""
        last = self._last
        record = last.stored.record if last is not None else None
        return {
            "number": self._order.number,
            "epoch": record.epoch if record is not None else -1,
            "val_acc": record.val_acc if record is not None else 0.0,
            "gradient_evaluations": record.gradient_evaluations if record is not None else 0,
            "key": last.stored.key if last is not None else "",
            "provenance": last.stored.provenance if last is not None else "",
            "spent": last is not None and last.spent,
            "computed": self._trial.computed if self._trial is not None else 0,
            "notes": list(last.notes) if last is not None else [],
        }


def accuracy_on_test(order: TrialOrder, epochs: int) -> float | None:
    """Accuracy in [0, 1] on the test part of the state after so many epochs.

    None when the pretrained weights are gone, without which the address of that state is not known.
    """
    config = TrialConfig.from_dict(order.config)
    dataset = load_dataset(config.dataset)
    try:
        engine = order.trial(dataset).engine_after(epochs)
    except MissingWeightsError:
        return None
    return engine.evaluate(dataset.test)[1]
