"""The order of a sweep's driver to a worker: train one trial, or read one test accuracy. It has plain values only."""

from dataclasses import asdict, dataclass
from typing import Any

import torch

from trainables.core.data import Dataset
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.metrics import DEFAULT_METRIC
from trainables.core.training.trial import StatePolicy, Trial


@dataclass(frozen=True)
class TrialOrder:
    """One trial, and its use of the checkpoint store."""

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
    """Whether the trial has a GPU or a share of one. If not, it trains on the CPU."""
    judged_costs: tuple[float, ...] = ()
    """Gradient evaluations at which the trial may be stopped, and continue later."""
    adopted: tuple[tuple[str, str], ...] = ()
    """Addresses (key, provenance) of the recorded epochs of the trial."""
    micro_batches: int = 1
    """Number of parts in which a mini-batch goes through the model, if the model allows it."""
    states_replaced: bool = False
    """Whether a state that only a resume needs is deleted when the next one is written."""
    rule: str = "last"
    """The rule of the objective: which epoch decides the trial's result."""
    metric: str = DEFAULT_METRIC.name
    """The metric of the objective: which value of that epoch."""
    report_costs: tuple[float, ...] = ()
    """Gradient evaluations at which the driver may stop the trial. The worker reports there and waits."""
    report_seconds: float = 0.0
    """Between them, one report covers the epochs of this many seconds. 0: a report for every epoch."""
    counted_steps: int = 0
    """Number of mini-batches as which the sweep counts an epoch, whatever the trial's batch size; 0: the trial's own.
    All costs of the order are counted in this way."""
    stop_epochs: tuple[int, ...] = ()
    """Numbers of finished PUGD epochs after which other trials may go on with SGD."""
    tested_epochs: int = 0
    """If not 0: train nothing, and read the test accuracy of the state after this many epochs."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which an executor can send to a worker."""
        return {
            **asdict(self),
            "branch_epochs": list(self.branch_epochs),
            "stop_epochs": list(self.stop_epochs),
            "judged_costs": list(self.judged_costs),
            "report_costs": list(self.report_costs),
            "adopted": [list(address) for address in self.adopted],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrialOrder":
        """The inverse of `to_dict`. Raises: TypeError for an unknown name."""
        adopted = tuple((key, provenance) for key, provenance in values["adopted"])
        tuples = {
            name: tuple(values[name]) for name in ("branch_epochs", "stop_epochs", "judged_costs", "report_costs")
        }
        return cls(**{**values, **tuples, "adopted": adopted})

    def trial(self, dataset: Dataset) -> Trial:
        """Make the trial, on this process's GPU if the order has one, otherwise on the CPU."""
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
                self.metric,
                frozenset(self.stop_epochs),
            ),
            device=torch.device("cuda" if self.gpu and torch.cuda.is_available() else "cpu"),
            adopted=frozenset(self.adopted),
            micro_batches=self.micro_batches,
            counted_steps=self.counted_steps,
        )
