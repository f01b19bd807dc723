"""The processes of a local Ray: which of them start, who finds them, and with whom they end."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from ray._private import services, worker
from ray._private.node import Node

from rts_search.running.executors import end_with_parent

RECONNECT = "RAY_gcs_rpc_server_reconnect_timeout_s"
GCS_SECONDS = "10"
"""Seconds after which the processes of a local Ray end when its gcs_server is gone. By default they stay for 60."""
AGENTS = ("--dashboard_agent_command", "--runtime_env_agent_command")
"""The arguments of a raylet that hold the commands of its agents."""

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


@contextmanager
def bound_to_this_process() -> Iterator[None]:
    """Let all processes of a local Ray that starts inside the `with` block end soon after this one, however it ends.

    Ray itself has the kernel end the gcs_server and the raylet, and the workers end when their raylet has gone. The two
    agents would ask the gcs_server for a minute; here the kernel ends them together with the raylet. Processes that
    lose the gcs_server alone end after `GCS_SECONDS`.
    """
    start = services.start_ray_process

    def bound(command: list[str], *arguments: Any, **options: Any) -> Any:
        options["env_updates"] = {RECONNECT: GCS_SECONDS, **(options.get("env_updates") or {})}
        return start([_bound(argument) for argument in command], *arguments, **options)

    services.start_ray_process = bound
    try:
        yield
    finally:
        services.start_ray_process = start


def _bound(argument: str) -> str:
    """An argument of a process of Ray; a command with which the raylet starts an agent begins with our own script."""
    name, equals, command = argument.partition("=")
    if name not in AGENTS:
        return argument
    return f"{name}{equals}{subprocess.list2cmdline([sys.executable, '-I', '-S', end_with_parent.__file__])} {command}"


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
