"""The end of Ray, also of one that has lost a process."""

from typing import Any

from ray._private import worker
from ray._private.node import Node

from rts_search.basics.process_tree import kill_with_descendants
from rts_search.running.executors.ray_internals.processes import Processes


def end_ray(processes: Processes) -> None:
    """End Ray, while other threads may drop references to its objects.

    Called once, instead of `ray.shutdown`. A reference tells Ray when it is dropped, also when the garbage collector
    does so at any later moment. While Ray ends, its C++ code answers by ending the whole process with exit code 1.

    processes: those of a local Ray, see `out_of_reach_of_signals`. They are killed, with all below them.
    """
    import ray
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


def abandon_ray(processes: Processes) -> None:
    """Leave a Ray that has lost a process, and end the other processes of a local one.

    Called once, instead of `end_ray`, which would wait for answers of the lost process. processes: as there.
    """
    import atexit

    from ray.tune import registry

    atexit.unregister(worker.shutdown)
    atexit.unregister(registry._unregister_all)
    kill_with_descendants(processes)
    node = worker._global_node
    if node is not None:
        node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)


class _EndingWorker:
    """Ray's object for this process while Ray ends. It no longer counts references."""

    def __init__(self, core: Any) -> None:
        self._worker = core

    def __getattr__(self, name: str) -> Any:
        return getattr(self._worker, name)

    def remove_object_ref_reference(self, reference: Any) -> None:
        """Do nothing."""

    def remove_actor_handle_reference(self, actor: Any) -> None:
        """Do nothing."""
