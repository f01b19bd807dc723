"""The only module that uses private parts of Ray (`ray<2.61` in pyproject.toml)."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from ray._private import ray_constants, services
from ray._private.node import Node

from rts_search.basics.process_tree import kill_with_descendants


def preload_in_workers(module: str) -> None:
    """Make every worker process of the next local Ray import a module before its first task.

    Called before Ray starts. Ray reads the setting `preload_python_modules` from the environment.
    """
    os.environ["RAY_preload_python_modules"] = module  # noqa: SIM112 -- the spelling is Ray's


def leave_signals_alone() -> None:
    """Keep Ray from taking SIGTERM for itself in this process, which would end it without a word to the user.

    Called before Ray starts. Ray's Python code does so only when it starts in the main thread; its C++ code always.
    """
    ray_constants.RAY_DISABLE_FAILURE_SIGNAL_HANDLER = True


Processes = list[subprocess.Popen[bytes]]

SURVIVED = (signal.SIGTERM, signal.SIGHUP)
"""Signals that the processes of a local Ray do not hear. They hear no SIGINT by themselves."""


@contextmanager
def out_of_reach_of_signals() -> Iterator[Processes]:
    """Let the processes of a local Ray that starts inside the `with` block survive signals that stop a sweep.

    Job schedulers and `timeout` send a signal to all processes of a job. Without Ray the driver could only wait for
    it, and would then be ended by Ray's C++ code. So these processes have a session of their own, and SIGTERM and
    SIGHUP are blocked in them and in all that they start. They end with the driver, or by `end_ray`.

    Yields the processes that this one starts, one after the other.
    """
    name, processes = "ConsolePopen", Processes()
    before = getattr(services, name)

    class Apart(before):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any, preexec_fn: Callable[[], None], **options: Any) -> None:
            def prepare() -> None:
                signal.pthread_sigmask(signal.SIG_BLOCK, SURVIVED)
                preexec_fn()

            super().__init__(*arguments, preexec_fn=prepare, start_new_session=True, **options)
            processes.append(self)

    setattr(services, name, Apart)
    try:
        yield processes
    finally:
        setattr(services, name, before)


@contextmanager
def bare_ray() -> Iterator[None]:
    """Keep a local Ray that starts inside the `with` block from starting three processes that a sweep does not need.

    They serve the dashboard, add nodes to a cluster, and pass on what the workers print. All of them take time of the
    CPUs while the workers start.
    """
    with ExitStack() as restored:
        for name in ("start_api_server", "start_monitor", "start_log_monitor"):
            restored.callback(setattr, Node, name, getattr(Node, name))
            setattr(Node, name, _start_nothing)
        yield


def _start_nothing(node: Any, **_: Any) -> None:
    node._webui_url = ""  # the dashboard's address, which Ray reads


def take_started_workers(controller: Any) -> None:
    """Make Tune take the worker processes that a local Ray has already started, which have imported torch.

    Called once, before the first trial begins, never on a cluster. By default Tune gives its workers environment
    variables of the driver, and Ray starts a new process for other variables. A local Ray's workers have them anyway.
    """
    import ray

    controller._class_cache.get = cache(ray.remote)


def keep_workers(controller: Any, share: Mapping[str, float], number: int) -> None:
    """Make Tune keep up to `number` idle workers with this share of resources.

    Called once, by the scheduler, before the first trial begins. By default Tune keeps one idle worker. If two
    trials end at the same moment, or trials wait for shared epochs, it stops the other workers. Each new worker would
    import torch again, which takes two seconds.
    """
    from ray import tune

    controller._actor_cache.increase_max(tune.PlacementGroupFactory([dict(share)]), by=number)


def end_ray(processes: Processes) -> None:
    """End Ray, while other threads may drop references to its objects.

    Called once, instead of `ray.shutdown`. A reference tells Ray when it is dropped, also when the garbage collector
    does so at any later moment. While Ray ends, its C++ code answers by ending the whole process with exit code 1.

    processes: those of a local Ray, see `out_of_reach_of_signals`. They are killed, with all below them.
    """
    import ray
    from ray._private import worker
    from ray._private.worker import global_worker

    node = worker._global_node
    if node is not None and processes:  # Ray would send them SIGTERM, which they do not hear, and wait

        def kill_all(**_: Any) -> None:
            kill_with_descendants(processes)
            Node.kill_all_processes(node, check_alive=False)

        node.kill_all_processes = kill_all
    if hasattr(global_worker, "core_worker"):
        global_worker.core_worker = _EndingWorker(global_worker.core_worker)
    ray.shutdown()


class _EndingWorker:
    """Ray's object for this process while Ray ends. It no longer counts references."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._worker, name)

    def remove_object_ref_reference(self, reference: Any) -> None:
        """Do nothing."""

    def remove_actor_handle_reference(self, actor: Any) -> None:
        """Do nothing."""
