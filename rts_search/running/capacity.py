"""How many trials can train at the same time on the available nodes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rts_search.basics.errors import UserError
from rts_search.running.executors.executor import Executor
from rts_search.running.watcher import Watcher
from rts_search.sweep.sections import ResourcesConfig

LOOK_SECONDS = 5.0
"""Nodes that join or leave a cluster are seen after at most this time."""


@dataclass(frozen=True)
class Capacity:
    """The capacity of all nodes together."""

    concurrent: int
    """Number of trials that train at the same time."""
    cpus: float
    gpus: float


def capacity(executor: Executor, resources: ResourcesConfig) -> Capacity:
    """How many trials can train at the same time. Raises: UserError when no node can hold a trial."""
    nodes = executor.nodes()
    concurrent = sum(_fitting(node, resources) for node in nodes)
    if concurrent == 0:
        largest = max(nodes, key=lambda node: (node.get("GPU", 0.0), node.get("CPU", 0.0)), default={})
        raise UserError(
            f"resources: a trial needs {resources.cpus:g} CPUs and {resources.gpus:g} GPUs on one "
            f"node, but the largest has {largest.get('CPU', 0.0):g} CPUs and {largest.get('GPU', 0.0):g} GPUs; "
            "lower resources.cpus_per_trial or resources.gpus_per_trial, such as --set resources.cpus_per_trial=1"
        )
    for limit in (resources.max_concurrent_trials, executor.most_at_a_time):
        concurrent = min(concurrent, limit or concurrent)
    return Capacity(concurrent, _total(nodes, "CPU"), _total(nodes, "GPU"))


class Room:
    """How many trials can train at the same time, while nodes join and leave."""

    def __init__(self, executor: Executor, resources: ResourcesConfig, watcher: Watcher) -> None:
        """`watcher`: is told how it begins and when it changes. Raises: UserError when no node can hold a trial."""
        self._executor, self._resources, self._watcher = executor, resources, watcher
        self.now = capacity(executor, resources)
        self._looked = time.monotonic()
        watcher.started(self.now.concurrent, self.now.cpus, self.now.gpus, resources)

    def at_a_time(self) -> int:
        """Number of trials that may train at the same time. It looks at the nodes from time to time."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return self.now.concurrent
        try:
            found = capacity(self._executor, self._resources)
        except UserError:  # all nodes with enough room are gone, and may come back
            found = self.now
        self._looked = time.monotonic()
        if found.concurrent != self.now.concurrent:
            self._watcher.note(f"now {found.concurrent} at a time on {found.cpus:g} CPUs and {found.gpus:g} GPUs")
        self.now = found
        return self.now.concurrent


def total_resources(executor: Executor) -> dict[str, float]:
    """Resource name -> its amount on all nodes together, such as CPUs, GPUs and memory in bytes."""
    nodes = executor.nodes()
    names = {name for node in nodes for name in node if ":" not in name}
    return {name: _total(nodes, name) for name in sorted(names)}


def _total(nodes: Sequence[Mapping[str, float]], name: str) -> float:
    return sum(node.get(name, 0.0) for node in nodes)


def _fitting(node: Mapping[str, float], resources: ResourcesConfig) -> int:
    """Number of trials that fit on one node. A share of a GPU cannot span two GPUs: of 0.4, two fit on each GPU."""
    by_cpu = int(node.get("CPU", 0.0) / resources.cpus + 1e-9)
    share, gpus = resources.gpus, node.get("GPU", 0.0)
    if share == 0.0:
        return by_cpu
    by_gpu = int(gpus) * int(1.0 / share + 1e-9) if share < 1.0 else int(gpus / share + 1e-9)
    return min(by_cpu, by_gpu)
