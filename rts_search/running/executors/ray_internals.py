"""The only module that uses private parts of Ray (`ray<2.61` in pyproject.toml)."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from ray._private import auto_init_hook, ray_constants, services, worker
from ray._private.node import Node
from ray._private.utils import compute_version_info

from rts_search.basics.process_tree import kill_with_descendants

RECONNECT = "RAY_gcs_rpc_server_reconnect_timeout_s"
GCS_SECONDS = "10"
"""Seconds after which the processes of a local Ray end when its gcs_server is gone. By default they stay for 60."""


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


def start_no_ray_by_itself() -> None:
    """Keep Ray's functions from starting another Ray when they are called after the end of the one that was started.

    Called before Ray starts. By default each of them starts a Ray with all its processes where none runs.
    """
    auto_init_hook.enable_auto_connect = False


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


def print_no_messages_of_ray() -> None:
    """Keep Ray from printing to the output of this process what its nodes say when they die. Called before it starts.

    These are 20 lines of a node's log. `log_to_driver=False` does not stop them.
    """
    worker.print_to_stdstream = _do_nothing


def _do_nothing(*_: Any, **__: Any) -> None:
    return


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


@contextmanager
def own_environment(token: Path) -> Iterator[None]:
    """Give a local Ray that starts and ends inside the `with` block a token of its own.

    By default Ray writes a token to ~/.ray/auth_token, and every Ray that is started later asks for it. A user who has
    set RAY_AUTH_MODE has no tokens, or this one.

    token: the file that holds it.
    """
    mode = os.environ.get("RAY_AUTH_MODE", "token")
    with ray_environment({"RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN_PATH": str(token), "RAY_AUTH_TOKEN": None}):
        yield


@contextmanager
def ray_environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables of Ray inside the `with` block, also for its C++ code. None removes one."""
    before = {name: os.environ.get(name) for name in variables}
    try:
        _set_environment(variables)
        yield
    finally:
        _set_environment(before)


def _set_environment(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    _read_environment()


def _read_environment() -> None:
    """Make Ray's C++ code in this process read its variables and the token again."""
    from ray._raylet import AuthenticationTokenLoader, Config  # type: ignore[attr-defined]

    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()


@contextmanager
def short_patience() -> Iterator[None]:
    """Let the processes of a local Ray that starts inside the `with` block end soon after their gcs_server has gone."""
    start = services.start_ray_process

    def impatient(*arguments: Any, **options: Any) -> Any:
        options["env_updates"] = {RECONNECT: GCS_SECONDS, **(options.get("env_updates") or {})}
        return start(*arguments, **options)

    services.start_ray_process = impatient
    try:
        yield
    finally:
        services.start_ray_process = start


@contextmanager
def hidden_from_others(folder: Path) -> Iterator[None]:
    """Keep other programs from joining a local Ray that starts inside the `with` block.

    Ray's `address="auto"` joins the cluster of any process whose program has `raylet` in its name. Here the program
    gets another name, by a link in Ray's private folder.
    """
    link = folder / "rts-node"
    link.symlink_to(services.RAYLET_EXECUTABLE)
    before, services.RAYLET_EXECUTABLE = services.RAYLET_EXECUTABLE, str(link)
    try:
        yield
    finally:
        services.RAYLET_EXECUTABLE = before


def ended_processes() -> dict[str, str]:
    """The processes of this process's local Ray that have ended by themselves: name -> how. Empty for a cluster."""
    node = worker._global_node
    if node is None:
        return {}
    with suppress(RuntimeError):  # the dictionary changes while Ray starts and ends
        return {name: _how_it_ended(process.returncode) for name, process in node.dead_processes()}
    return {}


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


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


@contextmanager
def workers_of_lost_ray_left(lost: Callable[[], str]) -> Iterator[None]:
    """Inside the `with` block, an error that ends Tune's loop leaves the workers alone when Ray is lost.

    By default Tune ends them then, and waits for Ray's answer. `lost`: why Ray cannot be used; empty while it can.
    """
    from ray.tune.execution.tune_controller import TuneController

    cleanup: Any = TuneController.cleanup
    TuneController.cleanup = lambda controller: None if lost() else cleanup(controller)  # type: ignore[method-assign]
    try:
        yield
    finally:
        TuneController.cleanup = cleanup  # type: ignore[method-assign]


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


IMPATIENT = {"RAY_gcs_rpc_server_connect_timeout_s": "2", "RAY_py_gcs_connect_timeout_s": "12"}
"""The variables of a process that looks at clusters. Ray's C++ code repeats its questions so many seconds."""
NODE_SECONDS = 8
"""Seconds in which a node of the cluster must be found on this machine. One that has just begun is listed late."""


def look_at_clusters(addresses: list[str]) -> None:
    """Print one line of JSON for each cluster: address -> what is known of it. Run in a process of its own.

    `refused`: why it cannot be joined; `token` if it asks for another token. Else `token`, whether it takes the token
    of this user, and `own_program`, whether it is the Ray of a program that called `ray.init()`.

    addresses: those that the user gave; empty: the clusters that have a node on this machine. These get the user's
    token, as `ray.init(address="auto")` does. Another address gets it only with RAY_AUTH_MODE=token.
    """
    import json

    here = services.find_gcs_addresses()
    for address in addresses or sorted(here):
        print(json.dumps({address: _looked_at(address, trusted=not addresses)}), flush=True)


def _looked_at(address: str, trusted: bool) -> dict[str, Any]:
    import ray
    from ray._common.usage.usage_lib import get_cluster_metadata
    from ray._raylet import AuthenticationTokenLoader, Config, GcsClient  # type: ignore[attr-defined]

    has_token = AuthenticationTokenLoader.instance().has_token(ignore_auth_mode=True)
    with_token = os.environ.get("RAY_AUTH_MODE") == "token"
    if with_token and not has_token:
        return {"refused": "token"}
    try:
        client = GcsClient(services.canonicalize_bootstrap_address(address))
    except ray.exceptions.AuthenticationError:
        if with_token or not has_token or not trusted or "RAY_AUTH_MODE" in os.environ:
            return {"refused": "token"}
        os.environ["RAY_AUTH_MODE"] = "token"
        Config.initialize("")
        try:
            return _looked_at(address, trusted)
        finally:
            del os.environ["RAY_AUTH_MODE"]
            Config.initialize("")
    except ray.exceptions.RpcError:
        return {"refused": "no Ray answers there"}
    facts = get_cluster_metadata(client)
    theirs, ours = (facts["ray_version"], facts["python_version"]), compute_version_info()[:2]
    if theirs != ours:
        told = "Ray {} on Python {}"
        return {"refused": f"it runs {told.format(*theirs)}, but this is {told.format(*ours)}"}
    try:
        services.get_node_to_connect_for_driver(client, timeout_seconds=NODE_SECONDS)
    except RuntimeError:
        return {"refused": "no node of it runs on this machine"}
    return {"token": with_token, "own_program": facts["ray_init_cluster"]}
