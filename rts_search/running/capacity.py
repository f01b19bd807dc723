"""How many trials can train at the same time on the available nodes."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rts_search.basics.errors import UserError
from rts_search.basics.sizes import counted
from rts_search.running.executors.executor import Executor
from rts_search.running.watcher import Watcher
from rts_search.sweep.sections import ResourcesConfig


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
        largest = max(nodes, key=lambda node: (node.get("GPU", 0.0), node.get("CPU", 0.0)))
        cpus, gpus = largest.get("CPU", 0.0), largest.get("GPU", 0.0)
        less = [f"--set resources.cpus_per_trial={cpus:g}"] if resources.cpus > cpus > 0.0 else []
        less += [f"--set resources.gpus_per_trial={gpus:g}"] if resources.gpus > gpus else []
        raise UserError(
            f"resources: a trial needs {counted(resources.cpus, 'CPU')} and {counted(resources.gpus, 'GPU')} on one "
            f"node, but the largest has {counted(cpus, 'CPU')} and {counted(gpus, 'GPU')}; "
            f"add {' '.join(less) or '--set resources.cpus_per_trial=N with less'}"
        )
    for limit in (resources.max_concurrent_trials, executor.most_at_a_time):
        concurrent = min(concurrent, limit or concurrent)
    return Capacity(concurrent, _total(nodes, "CPU"), _total(nodes, "GPU"))


class Places:
    """The number of trials that can train at the same time now. It follows nodes that join and nodes that are lost."""

    def __init__(self, executor: Executor, resources: ResourcesConfig, name: str, watcher: Watcher) -> None:
        """
        Args:
            executor: it has been started.
            resources: those of a trial.
            name: of the sweep, for notes to the user.
            watcher: gets a note when the number changes.

        Raises:
            UserError: no node can hold a trial.
        """
        self._executor, self._resources, self._name, self._watcher = executor, resources, name, watcher
        self._nodes = list(executor.nodes())
        self.capacity = capacity(executor, resources)

    def number(self) -> int:
        """The number now. Where no node can hold a trial for now, it stays as it was: one may come back."""
        nodes = list(self._executor.nodes())
        if nodes != self._nodes:
            self._nodes = nodes
            with contextlib.suppress(UserError):
                self.capacity = capacity(self._executor, self._resources)
            self._watcher.note(
                f"{self._name}: the nodes have changed, there {'is' if len(nodes) == 1 else 'are'} {len(nodes)} now: "
                f"{counted(self.capacity.concurrent, 'trial')} at a time on {counted(self.capacity.cpus, 'CPU')} and "
                f"{counted(self.capacity.gpus, 'GPU')}"
            )
        return self.capacity.concurrent


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
