"""Settings of Ray that it offers no function for: its variables, its token, and what it does by itself."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray._private import auto_init_hook, ray_constants, worker


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


def print_no_messages_of_ray() -> None:
    """Keep Ray from printing to the output of this process what its nodes say when they die. Called before it starts.

    These are 20 lines of a node's log. `log_to_driver=False` does not stop them.
    """
    worker.print_to_stdstream = _do_nothing


def _do_nothing(*_: Any, **__: Any) -> None:
    return


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
