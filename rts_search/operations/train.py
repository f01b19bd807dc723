"""`rts-search train`: train one config outside a sweep. The same command continues an interrupted training."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from safetensors.torch import save

from rts_search.basics.errors import UserError
from rts_search.basics.files import write_atomically
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import Results
from rts_search.operations.data_check import load
from rts_search.operations.model_check import require_augmentation, require_model
from rts_search.running.executors import make_executor
from rts_search.running.executors.executor import Executor, WorkerError
from rts_search.study.workspace import Workspace
from trainables.core.data import load_dataset
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.perturbation_config import FIRST_ORDER
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.epoch_figures import DivergedError
from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial


class SingleTraining:
    """The training of one config in one worker. It starts from the last stored state, if there is one."""

    def __init__(self, config: TrialConfig, results: Results, threads: int | None, state_every_seconds: float) -> None:
        """Load the data. `threads`: CPU threads of torch; None: torch's default."""
        keep_freed_memory()
        if threads is not None:
            torch.set_num_threads(threads)
        self._dataset = load_dataset(config.dataset)
        digest = hashlib.sha256(json.dumps(config.to_dict(), sort_keys=True).encode()).hexdigest()
        self._trial = Trial(
            config=config,
            dataset=self._dataset,
            store=Store(results.store_url),
            name=f"train/{digest[:12]}",
            policy=StatePolicy(every_seconds=state_every_seconds, replaced=True),
            device=torch.device("cuda" if torch.cuda.is_available() else "cpu"),
        )
        self._epochs: Iterator[EpochOutcome] = self._trial.epochs()

    def advance(self) -> tuple[EpochOutcome | None, str]:
        """Read the next epoch from the store, or train it. Returns None at the end; the text says why it diverged."""
        try:
            return next(self._epochs, None), ""
        except DivergedError as error:
            return None, str(error)

    def weights(self) -> bytes:
        """The trained weights as safetensors."""
        parameters = self._trial.engine_after(self._trial.config.training.epochs).parameters()
        return save({name: tensor.contiguous().clone() for name, tensor in parameters.items()})

    def test_accuracy(self) -> float:
        """Accuracy on the test part after the last epoch, in [0, 1]."""
        return self._trial.engine_after(self._trial.config.training.epochs).evaluate(self._dataset.test).accuracy


class Diverged(Exception):
    """The training diverged; the text gives the reason."""


def train(
    config: TrialConfig,
    workspace: Workspace,
    threads: int | None,
    state_every_seconds: float,
    tell: Callable[[EpochOutcome], None],
    weights: Path | None,
    test: bool,
) -> float | None:
    """Train a config to its end.

    Args:
        config: the config to train.
        workspace: its executor trains, its results folder holds the store.
        threads: CPU threads of torch; None: torch's default.
        state_every_seconds: seconds between two stored states.
        tell: called after every epoch.
        weights: file for the trained weights (safetensors); None: no file is written.
        test: whether to compute the test accuracy.

    Returns:
        The test accuracy in [0, 1]; None without `test`.

    Raises:
        UserError: the data or the model cannot be used, or the worker died.
        Diverged: a loss or a weight is not finite.
    """
    data = load(config.dataset, "train")
    require_augmentation(config.training, data, "train")
    kind = config.perturbation.kind
    asked = [("perturbation.kind", kind)] if kind in FIRST_ORDER else []
    with phase("trying the model"):
        require_model(config.model, data, [("", config.training)], "train", first_order=asked)
    executor = make_executor(workspace)
    arguments = (config, workspace.results, threads, state_every_seconds)
    try:
        with executor.started(), executor.crew(SingleTraining, arguments, 1, _share(executor, threads)) as crew:
            with phase("training"):
                while True:
                    ((outcome, diverged),) = crew.call("advance")
                    if diverged:
                        raise Diverged(diverged)
                    if outcome is None:
                        break
                    tell(outcome)
            if weights is not None:
                write_atomically(weights, *crew.call("weights"))
            with phase("reading the test part"):
                return float(*crew.call("test_accuracy")) if test else None
    except WorkerError as error:
        raise UserError(f"train: {error}; the same command continues from the last stored state") from error


def _share(executor: Executor, threads: int | None) -> Mapping[str, float]:
    """The resources of the worker: a GPU of the largest node if it has one, and `threads` CPUs, or all of that node."""
    node = max(executor.nodes(), key=lambda node: (node.get("GPU", 0.0), node.get("CPU", 0.0)))
    return {"CPU": float(threads or node.get("CPU", 1.0)), "GPU": min(1.0, node.get("GPU", 0.0))}
