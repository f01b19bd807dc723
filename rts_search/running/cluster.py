"""Starting or joining Ray quietly, and what fits on it."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ray

from rts_search.basics.errors import UserError
from rts_search.basics.signals import terminated_as_interrupted
from rts_search.study.database.passwords import forget_passwords
from rts_search.sweep.sections import ResourcesConfig
from trainables.core.settings.section import first_line

QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_DEDUP_LOGS": "1",
    "RAY_TRAIN_V2_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}
"""Ray keeps its own logs and folders to itself: results are written once, by us."""

ANSWER_SECONDS = 5.0
"""How long a cluster's address may take to answer."""


@dataclass(frozen=True)
class Capacity:
    """What a cluster holds for trials."""

    concurrent: int
    cpus: float
    gpus: float


@contextmanager
def ray_running(address: str | None, verbose: bool) -> Iterator[None]:
    """Ray for the time of a sweep: a local one, or the cluster at `address`. Raises: UserError when none answers."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    forget_passwords()  # a local Ray, and so its workers, would inherit them
    if address:
        _require_answer(address)
    level = logging.INFO if verbose else logging.CRITICAL
    dashboard = None if address else False
    try:
        ray.init(address=address or "local", logging_level=level, log_to_driver=verbose, include_dashboard=dashboard)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise _no_cluster(address, first_line(error)) from error
    for name in ("ray", "ray.tune", "ray.train", "ray.data"):
        logging.getLogger(name).setLevel(level)
    try:
        # Here and not earlier: Ray's start takes SIGTERM for itself.
        with terminated_as_interrupted():
            yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """Knock at a `host:port` before Ray does, which would wait for minutes. Raises: UserError when nobody answers."""
    if address.startswith("ray://"):
        raise UserError(
            f"--address: must not be a Ray client's, but got {address!r}; "
            "run the command on a node of the cluster, with --address auto"
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, str(error)) from error


def _no_cluster(address: str | None, cause: str) -> UserError:
    return UserError(
        f"--address: must be a running Ray cluster, but got {address!r}: {cause}; "
        "start one with `ray start --head`, or leave --address and RAY_ADDRESS out to run on this machine"
    )


def capacity(resources: ResourcesConfig) -> Capacity:
    """How many trials fit at a time. Raises: UserError when not even one fits on any node."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    concurrent = sum(_fitting(node, resources) for node in nodes)
    if concurrent == 0:
        largest = max(nodes, key=lambda node: (node.get("GPU", 0.0), node.get("CPU", 0.0)))
        raise UserError(
            f"resources: a trial needs {resources.cpus:g} CPUs and {resources.gpus:g} GPUs on one "
            f"node, but the largest has {largest.get('CPU', 0.0):g} CPUs and {largest.get('GPU', 0.0):g} GPUs; "
            "lower resources.cpus_per_trial or resources.gpus_per_trial"
        )
    concurrent = min(concurrent, resources.max_concurrent_trials or concurrent)
    return Capacity(concurrent, sum(n.get("CPU", 0.0) for n in nodes), sum(n.get("GPU", 0.0) for n in nodes))


def cluster_resources() -> dict[str, float]:
    """CPUs, GPUs and memory of all nodes together."""
    return {name: amount for name, amount in ray.cluster_resources().items() if ":" not in name}


def _fitting(node: dict[str, float], resources: ResourcesConfig) -> int:
    """Trials on one node; a share of a GPU lies on one GPU, so that 0.4 fits twice, not two and a half times."""
    by_cpu = int(node.get("CPU", 0.0) / resources.cpus + 1e-9)
    share, gpus = resources.gpus, node.get("GPU", 0.0)
    if share == 0.0:
        return by_cpu
    by_gpu = int(gpus) * int(1.0 / share + 1e-9) if share < 1.0 else int(gpus / share + 1e-9)
    return min(by_cpu, by_gpu)
