"""Replace `auto` by numbers at the launch: the training step, the share of a GPU and the CPU cores of a trial."""

import math
from collections.abc import Mapping

from rts_search.basics.errors import UserError, refused
from rts_search.running.executors.executor import Executor, WorkerError
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.idle_settings import check_use
from rts_search.sweep.sweep import SweepFile, baseline_config
from trainables.core.settings.perturbation_config import BASELINE_METHODS
from trainables.core.settings.section import ConfigError
from trainables.core.training.gauge import memory_on_gpu

MOST_PER_GPU = 8
"""Most trials on one GPU. By memory alone, hundreds of small nets would fit. The number is not measured."""
RESERVE = 1.1
"""Factor by which a trial's memory may exceed what was measured in two short epochs."""


def settled(sweep: SweepFile, trials: int, executor: Executor) -> SweepFile:
    """The sweep with its training step chosen and `auto` replaced by numbers. The executor must have been started.

    Args:
        sweep: the sweep as its file describes it.
        trials: number of trials with the baselines. If they are few, each gets more cores.
        executor: trains the trials.

    Raises:
        UserError: a trial cannot train on a whole GPU, or the budget limits GPU hours and there is no GPU.
    """
    sweep = sweep.model_copy(update={"training": sweep.training.settled()})
    resources = sweep.resources
    nodes = executor.nodes()
    at_a_time = min(trials, resources.max_concurrent_trials or trials, executor.most_at_a_time or trials)
    if resources.gpus_per_trial == "auto":
        with_gpu = any(node.get("GPU", 0.0) >= 1.0 for node in nodes)
        resources = resources.model_copy(
            update={"gpus_per_trial": _share(sweep, at_a_time, executor) if with_gpu else 0.0}
        )
    if resources.cpus_per_trial == "auto":
        cores = min(cores_of(node, resources.gpus, at_a_time / len(nodes)) for node in nodes)
        resources = resources.model_copy(update={"cpus_per_trial": cores})
    sweep = sweep.model_copy(update={"resources": resources})
    try:
        check_use(sweep)
    except ConfigError as error:
        raise refused(sweep.name, error) from error
    return sweep


def share_of_gpu(taken: int, memory: int) -> float:
    """The share of a GPU with `memory` bytes for a trial that needs `taken` bytes: 1 / k, rounded down to 1/10,000."""
    fitting = min(MOST_PER_GPU, int(memory / (RESERVE * taken)))
    return 1.0 if fitting <= 1 else math.floor(10_000 / fitting) / 10_000


def cores_of(node: Mapping[str, float], gpus_per_trial: float, wanted: float) -> float:
    """Whole cores of each trial, at least 1. `wanted`: number of trials that could train on this node at a time.

    Without GPUs, one core for each trial is best if there are enough trials: two trials with one core each train more
    epochs than one trial with two cores.
    """
    cpus = node.get("CPU", 1.0)
    holds = node.get("GPU", 0.0) / gpus_per_trial if gpus_per_trial else cpus
    return float(max(1, int(cpus / max(1.0, min(holds, math.ceil(wanted))))))


def _share(sweep: SweepFile, at_a_time: int, executor: Executor) -> float:
    """The share of a GPU: a whole GPU if one trial trains at a time, otherwise the share that its memory needs.

    The memory is measured in two short epochs, without other trials on the GPU. PUGD is measured because it holds the
    weights and their gradients twice. SAM and its relatives are measured if they are baselines, since some hold more.
    Where the space has SGD steps between the PUGD steps, both are measured in one training, which has recordings of
    both.
    """
    if at_a_time == 1:
        return 1.0
    others = [baseline for baseline in sweep.baselines if baseline.name in BASELINE_METHODS]
    configs = [baseline_config(sweep, baseline).to_dict() for baseline in (BaselineConfig(name="pugd"), *others)]
    every = sweep.space.timing.every
    if every is not None and every.highest > 1:
        configs[0]["timing"]["every"] = 2
    (found,) = executor.run(memory_on_gpu, [configs], {"CPU": 1, "GPU": 1})
    if isinstance(found, WorkerError):
        raise UserError(
            f"{sweep.name}: resources.gpus_per_trial: auto must measure some steps on a GPU, but they failed: {found}; "
            "set a number, or lower training.batch_size"
        ) from found
    taken, memory = found
    return share_of_gpu(taken, memory)
