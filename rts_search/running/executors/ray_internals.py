"""The only module that uses private parts of Ray (`ray<2.61` in pyproject.toml)."""

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from ray._private import auto_init_hook, ray_constants, services, worker
from ray._private.authentication import authentication_token_setup
from ray._private.authentication.authentication_token_generator import generate_new_authentication_token
from ray._private.node import Node
from ray._raylet import AuthenticationTokenLoader, GcsClient  # type: ignore[attr-defined]

from rts_search.running.executors.address import ANSWER_SECONDS
from rts_search.running.executors.processes import descendants, end_if, parent_of, raylets
from rts_search.running.executors.ray_folder import is_private

TOKEN_VARIABLES = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
"""The environment variables by which a user chooses whether Ray asks for a token, and which."""


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


def never_start_by_itself() -> None:
    """Keep Ray from starting again when a thread uses it after it has ended. Called before Ray starts."""
    auto_init_hook.enable_auto_connect = False


class _Shielded(services.ConsolePopen):
    """A process of a local Ray that only its driver ends.

    It has a session of its own and blocks SIGTERM, since schedulers, systemd and `timeout` send SIGTERM to all
    processes of a job: Ray would end under its driver, which could then not write its tables. It cannot read from the
    terminal. `trainables.ray_trainable` lets SIGTERM through again in the workers.
    """

    def __init__(self, *arguments: Any, **others: Any) -> None:
        """The arguments are those of `subprocess.Popen`."""
        prepare_for_ray = others["preexec_fn"]

        def prepare() -> None:
            prepare_for_ray()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

        if others.get("stdin") is None:
            others["stdin"] = subprocess.DEVNULL
        super().__init__(*arguments, **{**others, "preexec_fn": prepare, "start_new_session": True})

    def terminate(self) -> None:
        """Kill the process with its children: workers, and agents that would stay behind."""
        if self.poll() is not None:
            return
        self.send_signal(signal.SIGSTOP)  # otherwise it may start others meanwhile
        family = {self.pid, *descendants(self.pid)}
        for pid in family - {self.pid}:
            end_if(pid, lambda one: parent_of(one) in family)
        self.kill()


@contextmanager
def shielded_processes(started: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Inside the `with` block, processes of Ray start so that only their driver ends them. The list gets each."""

    def start(*arguments: Any, **others: Any) -> _Shielded:
        process = _Shielded(*arguments, **others)
        started.append(process)
        return process

    with ExitStack() as restored:
        restored.callback(setattr, services, "ConsolePopen", services.ConsolePopen)
        setattr(services, "ConsolePopen", start)  # noqa: B010 -- mypy refuses to assign to a type
        yield


def keep_token_in(file: Path) -> bool:
    """Make the next local Ray keep its token in this file, unless the user has chosen one. Returns whether it will.

    By default Ray writes a token to the user's home. A cluster that is started later on this machine would then ask for
    it, and a home that cannot be written would end the launch.
    """
    if any(name in os.environ for name in TOKEN_VARIABLES):
        return False
    file.touch(mode=0o600)
    file.write_text(generate_new_authentication_token())
    os.environ["RAY_AUTH_TOKEN_PATH"] = str(file)
    AuthenticationTokenLoader.instance().reset_cache()
    return True


def forget_token() -> None:
    """Called when a Ray for which `keep_token_in` returned True has ended."""
    for name in TOKEN_VARIABLES:
        os.environ.pop(name, None)
    AuthenticationTokenLoader.instance().reset_cache()


def cluster_here() -> str | None:
    """The address of the cluster to which this machine belongs, for `--address auto`; None if there is none.

    A local Ray of another driver is no cluster: it ends with its driver.
    """
    told = services.find_bootstrap_address(None)  # by the last `ray start`
    running = set()
    for command in raylets():
        options = dict(word.split("=", 1) for word in command if word.startswith("--") and "=" in word)
        if not is_private(options.get("--temp_dir", "")) and "--gcs-address" in options:
            running.add(options["--gcs-address"])
    return told if told in running or not running else min(running)


def use_token_of(address: str) -> str:
    """Send the user's token to a cluster that asks for one. Called before a cluster is joined by its address.

    `ray start` asks for a token where the user has one. Ray itself sends it only where it finds the cluster by itself.
    Returns why the cluster lets nobody in, in a few words; empty when it does.
    """
    if not _asks_for_token(address):
        return ""
    has_one = AuthenticationTokenLoader.instance().has_token(ignore_auth_mode=True)
    if has_one and "RAY_AUTH_MODE" not in os.environ:
        authentication_token_setup._enable_token_auth()
        return "it refuses the token of this user" if _asks_for_token(address) else ""
    return "it asks for a token; set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH to the file with that of the cluster"


def _asks_for_token(address: str) -> bool:
    try:
        GcsClient(address=address).internal_kv_get(b"session_name", b"session", timeout=ANSWER_SECONDS)
    except Exception as error:  # Ray has several classes for it
        return "auth" in f"{type(error).__name__} {error}".lower()
    return False


def forget_exit() -> None:
    """Keep Ray and Tune from ending themselves when this process ends. Called when Ray does not answer any more."""
    atexit.unregister(worker.shutdown)
    registry = sys.modules.get("ray.tune.registry")
    if registry is not None:
        atexit.unregister(registry._unregister_all)


@contextmanager
def mute_ray() -> Iterator[None]:
    """Keep a Ray that is joined inside the `with` block from printing about lost workers and nodes.

    The sweep says in one line that a worker was lost, and why. Ray prints up to twenty lines beside it.
    """
    with ExitStack() as restored:
        restored.callback(setattr, worker, "listen_error_messages", worker.listen_error_messages)
        setattr(worker, "listen_error_messages", _listen_to_nothing)  # noqa: B010 -- mypy compares the arguments
        yield


def _listen_to_nothing(*_: Any) -> None:
    """What Ray runs in the thread that would print."""


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


def end_ray() -> None:
    """End Ray, while other threads may drop references to its objects.

    Called once, instead of `ray.shutdown`. A reference tells Ray when it is dropped, also when the garbage collector
    does so at any later moment. While Ray ends, its C++ code answers by ending the whole process with exit code 1.
    """
    import ray
    from ray._private.worker import global_worker

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
