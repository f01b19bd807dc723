"""Training one config in this process, without Ray: resumable like a trial of a sweep."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.operations.model_check import require_model
from trainables.core.data import CacheError, load_dataset
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import ConfigError
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial


class SingleTraining:
    """One config on this machine; interrupted and called again, it goes on from its last stored state."""

    def __init__(self, config: TrialConfig, results: Results, threads: int | None, state_every_seconds: float) -> None:
        """Load the data and try the model on it. Raises: UserError."""
        keep_freed_memory()
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            self._dataset = load_dataset(config.dataset)
        except ConfigError as error:
            raise UserError(str(error.within("dataset"))) from error
        except CacheError as error:
            raise UserError(str(error)) from error
        require_model(config.model, self._dataset, config.training.batch_size, "train")
        digest = hashlib.sha256(json.dumps(config.to_dict(), sort_keys=True).encode()).hexdigest()
        self._trial = Trial(
            config=config,
            dataset=self._dataset,
            store=Store(results.store_url),
            name=f"train/{digest[:12]}",
            policy=StatePolicy(every_seconds=state_every_seconds, replaced=True),
            device=torch.device("cuda" if torch.cuda.is_available() else "cpu"),
        )

    def epochs(self) -> Iterator[EpochOutcome]:
        """Every epoch, replayed or trained. Raises: DivergedError."""
        yield from self._trial.epochs()

    def finish(self, weights: Path | None, test: bool) -> float | None:
        """Write the trained weights (safetensors) and read the test part, where asked for."""
        if weights is None and not test:
            return None
        engine = self._trial.engine_after(self._trial.config.training.epochs)
        if weights is not None:
            save_file({name: tensor.contiguous().clone() for name, tensor in engine.parameters().items()}, weights)
        return engine.evaluate(self._dataset.test)[1] if test else None
