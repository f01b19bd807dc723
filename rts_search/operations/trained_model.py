"""The trained weights of a trial as a module of torch: read from the store, or trained again where they are not."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from rts_search.basics.errors import UserError, refused
from rts_search.basics.phases import phase
from rts_search.operations.data_check import load, require_unchanged
from rts_search.running.sweep_run import trial_order
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from trainables.core.history.store import Store
from trainables.core.models.weights import MissingWeightsError
from trainables.core.training.epoch_figures import DivergedError
from trainables.core.training.trained_model import TrainedModel


def trained_model(study: SweepStudy, entry: TrialEntry, workspace: Workspace) -> TrainedModel:
    """The model of a trial after the epoch that counts by the sweep's objective, in evaluation mode.

    Where the store lacks that state, the trial is trained again from its latest stored state before that epoch, in this
    process, as its worker has trained it; the new state is stored. torch's threads and all generators of random numbers
    are then as before.

    Args:
        study: the sweep.
        entry: a trial with an epoch at least.
        workspace: its results folder holds the store.

    Raises:
        UserError: the data or the model have changed, pretrained weights are missing, or the training diverged.
    """
    require_unchanged(study)
    data = load(entry.settings.dataset, study.name)
    epochs = entry.chosen_epochs(study.sweep.objective)
    chosen, url = entry.epochs[epochs - 1], workspace.results.store_url
    stored = Store(url).has_state(chosen.key, chosen.provenance)
    doing = "reading its weights" if stored else f"training it again up to epoch {epochs}, since its state is gone"
    try:
        with phase(f"{study.name}: trial {entry.number}: {doing}"), _process_as_before():
            engine = trial_order(study, url, entry).trial(data).engine_after(epochs)
            network = engine.network()
    except MissingWeightsError as error:
        raise refused(study.name, error.within("model")) from error
    except DivergedError as error:
        raise UserError(f"{study.name}: trial {entry.number}: {error}") from error
    model = TrainedModel(network, entry.settings.training, data.mean, data.std, data.classes)
    return model.to(next(network.parameters()).device).eval()


@contextmanager
def _process_as_before() -> Iterator[None]:
    """After the `with` block, threads and generators of random numbers of this process are as they were."""
    threads, numbers, states = torch.get_num_threads(), np.random.get_state(), random.getstate()
    try:
        with torch.random.fork_rng(range(torch.cuda.device_count())):
            yield
    finally:
        torch.set_num_threads(threads)
        np.random.set_state(numbers)
        random.setstate(states)
