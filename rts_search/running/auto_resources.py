"""What `auto` means at the launch: the step, a GPU's share by measured memory, cores so that trials do not fight."""

import math
from collections.abc import Mapping

from rts_search.basics.errors import UserError, refused
from rts_search.running.executors.executor import Executor, WorkerError
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.idle_settings import check_use
from rts_search.sweep.sweep import SweepFile, baseline_config
from trainables.core.settings.section import ConfigError
from trainables.core.training.gauge import memory_on_gpu

MOST_PER_GPU = 8
"""A bound for small nets, whose memory alone would let hundreds on one GPU; not measured."""
RESERVE = 1.1
"""A trial is given this much more than it was seen to take in two short epochs."""


def settled(sweep: SweepFile, trials: int, executor: Executor) -> SweepFile:
    """The sweep with a step and numbers for `auto`. The executor must have been started.

    Args:
        sweep: as it was written.
        trials: number of trials, baselines included: more cores are given to each where there are few.
        executor: where the trials will train.

    Raises:
        UserError: even a whole GPU has not the memory for a trial, or there is none whose hours the budget counts.
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
    """The share of a GPU of `memory` bytes for a trial that takes `taken`: 1 / k, in the 1/10,000 that Ray counts."""
    fitting = min(MOST_PER_GPU, int(memory / (RESERVE * taken)))
    return 1.0 if fitting <= 1 else math.floor(10_000 / fitting) / 10_000


def cores_of(node: Mapping[str, float], gpus_per_trial: float, wanted: float) -> float:
    """Whole cores for each trial, at least 1, when as many run on the node as its GPUs hold, or as are wanted.

    Without GPUs a core for each is best as long as there are trials enough: two trials on a core each train more
    together than one on two cores.
    """
    cpus = node.get("CPU", 1.0)
    holds = node.get("GPU", 0.0) / gpus_per_trial if gpus_per_trial else cpus
    return float(max(1, int(cpus / max(1.0, min(holds, math.ceil(wanted))))))


def _share(sweep: SweepFile, at_a_time: int, executor: Executor) -> float:
    """A whole GPU for a trial that is alone, else what memory allows.

    The memory is measured in two short epochs on a GPU without other trials, of PUGD, which holds the weights and their
    gradients twice, and of the baselines that perturb in another way, such as AMP, which holds more.
    """
    if at_a_time == 1:
        return 1.0
    others = [baseline for baseline in sweep.baselines if baseline.name in ("sam", "asam", "amp")]
    configs = [baseline_config(sweep, baseline).to_dict() for baseline in (BaselineConfig(name="pugd"), *others)]
    (found,) = executor.run(memory_on_gpu, [configs], {"CPU": 1, "GPU": 1})
    if isinstance(found, WorkerError):
        raise UserError(
            f"{sweep.name}: resources.gpus_per_trial: auto could not train a few steps on a GPU: {found}; "
            "set a number, or lower training.batch_size"
        ) from found
    taken, memory = found
    return share_of_gpu(taken, memory)
