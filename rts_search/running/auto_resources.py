"""What `auto` means at the launch: the step, a GPU's share by measured memory, cores so that trials do not fight."""

import math

import ray

from rts_search.basics.errors import UserError, refused
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.idle_settings import check_use
from rts_search.sweep.sweep import SweepFile, baseline_config
from trainables.core.settings.section import ConfigError, first_line
from trainables.core.training.gauge import memory_on_gpu

MOST_PER_GPU = 8
"""A bound for small nets, whose memory alone would let hundreds on one GPU; not measured."""
RESERVE = 1.1
"""A trial is given this much more than it was seen to take in two short epochs."""


def settled(sweep: SweepFile, trials: int) -> SweepFile:
    """The sweep with a step and numbers for `auto`; Ray must be running.

    Args:
        sweep: as it was written.
        trials: number of trials, baselines included: more cores are given to each where there are few.

    Raises:
        UserError: even a whole GPU has not the memory for a trial, or there is none whose hours the budget counts.
    """
    sweep = sweep.model_copy(update={"training": sweep.training.settled()})
    resources = sweep.resources
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if resources.gpus_per_trial == "auto":
        with_gpu = any(node.get("GPU", 0.0) >= 1.0 for node in nodes)
        resources = resources.model_copy(update={"gpus_per_trial": _measured_share(sweep) if with_gpu else 0.0})
    if resources.cpus_per_trial == "auto":
        at_a_time = min(trials, resources.max_concurrent_trials or trials)
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


def cores_of(node: dict[str, float], gpus_per_trial: float, wanted: float) -> float:
    """Whole cores for each trial, at least 1, when as many run on the node as its GPUs hold, or as are wanted.

    Without GPUs a core for each is best as long as there are trials enough: two trials on a core each train more
    together than one on two cores.
    """
    cpus = node.get("CPU", 1.0)
    holds = node.get("GPU", 0.0) / gpus_per_trial if gpus_per_trial else cpus
    return float(max(1, int(cpus / max(1.0, min(holds, math.ceil(wanted))))))


def _measured_share(sweep: SweepFile) -> float:
    """Train two short epochs on a GPU of its own of PUGD, which holds the weights and their gradients twice, and of the
    baselines that perturb in another way, such as AMP, which holds more."""
    others = [baseline for baseline in sweep.baselines if baseline.name in ("sam", "asam", "amp")]
    configs = [baseline_config(sweep, baseline).to_dict() for baseline in (BaselineConfig(name="pugd"), *others)]
    try:
        taken, memory = ray.get(ray.remote(num_cpus=1, num_gpus=1)(memory_on_gpu).remote(configs))
    except ray.exceptions.RayError as error:
        cause = first_line(error).splitlines()[-1]
        raise UserError(
            f"{sweep.name}: resources.gpus_per_trial: auto could not train a few steps on a GPU: {cause}; "
            "set a number, or lower training.batch_size"
        ) from error
    return share_of_gpu(taken, memory)
