"""Start a local Ray, or join a Ray cluster, for one command. Ray starts and ends in the background."""

import atexit
import contextlib
import logging
import os
import subprocess
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import ray

from rts_search.basics.cpus import usable_cpus
from rts_search.basics.errors import UserError
from rts_search.basics.signals import require_no_request
from rts_search.running.executors.address import Pulse, not_joined, resolved
from rts_search.running.executors.apart import LOOK_SECONDS
from rts_search.running.executors.ray_folder import RayFolder
from rts_search.running.executors.ray_internals import (
    bare_ray,
    cluster_here,
    end_ray,
    forget_exit,
    forget_token,
    keep_token_in,
    leave_signals_alone,
    mute_ray,
    never_start_by_itself,
    preload_in_workers,
    shielded_processes,
    use_token_of,
)
from rts_search.study.database.passwords import forget_passwords
from trainables.core.settings.section import first_line

QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_DEDUP_LOGS": "1",
    "RAY_TRAIN_V2_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_AUTO_INIT": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}
"""Environment variables that switch off Ray's own logs and result folders. rts-search writes the results."""

JOIN_SECONDS = 30.0
"""Longest time in which a cluster is joined."""
START_SECONDS = 90.0
"""Longest time in which a local Ray starts. Ray itself gives up after about 60 s."""
END_SECONDS = 30.0
"""Longest time in which Ray ends."""
WORKER_MODULE = "trainables.ray_worker"
MOST_PRELOADED = 16
"""Most CPUs for which workers import torch early. Ray starts a process for every CPU, and each needs memory."""


class RaySession:
    """One use of Ray, from its start to its end.

    A separate thread starts and ends Ray while the driver imports torch, loads the data or writes tables. The thread
    runs as long as Ray does, because Ray's processes end together with the thread that started them.
    """

    def __init__(self, address: str | None, verbose: bool) -> None:
        """`address`: the cluster to join; None: a local Ray. `verbose`: whether Ray's messages are shown."""
        self._address, self._verbose = address, verbose
        self._ready, self._end = threading.Event(), threading.Event()
        self._error: UserError | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._folder: RayFolder | None = None
        self._pulse: Pulse | None = None
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name="ray", daemon=True)

    def begin(self) -> None:
        """Start Ray in the background. Raises: UserError when no cluster answers at the address."""
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        leave_signals_alone()
        never_start_by_itself()
        if usable_cpus() <= MOST_PRELOADED:
            preload_in_workers(WORKER_MODULE)
        forget_passwords()  # otherwise a local Ray and its workers would inherit them
        if self._address is not None:
            self._address = resolved(self._address, cluster_here)
        atexit.register(self.join)
        self._thread.start()

    def wait_until_ready(self) -> None:
        """Wait until Ray runs. Raises: UserError when it cannot start; KeyboardInterrupt."""
        limit = START_SECONDS if self._address is None else JOIN_SECONDS
        until = time.monotonic() + limit
        while not self._ready.wait(LOOK_SECONDS):
            require_no_request()
            if time.monotonic() > until:
                raise self._not_started(f"it has not answered within {limit:g} s")
        if self._error is not None:
            raise self._error

    def lost(self) -> str:
        """Why Ray cannot be used any more, in a few words; empty while it can."""
        for process in self._processes:
            code = None if self._end.is_set() else process.poll()
            if code is not None:
                how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
                return f"Ray's process {_program(process)} {how}"
        return "" if self._pulse is None else self._pulse.lost()

    def finish(self) -> None:
        """End Ray in the background. The process exits only after Ray has ended."""
        if self._ready.is_set() and self._error is None and not self.lost():
            self._end.set()
        else:
            self._abandon()

    def join(self) -> None:
        """Wait until Ray has ended."""
        if not self._abandoned:
            self._thread.join(END_SECONDS)

    def _abandon(self) -> None:
        """End Ray's processes at once, without its help: it is still starting, or has not come up, or is broken."""
        self._abandoned = True
        self._end.set()
        forget_exit()
        for process in self._processes:
            process.terminate()
        if self._folder is not None:
            self._folder.remove()

    def _run(self) -> None:
        with contextlib.ExitStack() as left:
            try:
                self._start(left)
            except UserError as error:
                self._error = error
            finally:
                self._ready.set()
            self._end.wait()
            if self._abandoned:
                return
            end_ray()

    def _start(self, left: contextlib.ExitStack) -> None:
        """Start Ray or join the cluster. `left`: what has to be done when Ray has ended. Raises: UserError."""
        level = logging.INFO if self._verbose else logging.CRITICAL
        if not self._verbose:
            left.enter_context(mute_ray())
        try:
            if self._address is None:
                self._folder = RayFolder()
                left.callback(self._folder.remove)
                if keep_token_in(self._folder.folder / "token"):
                    left.callback(forget_token)
                with nullcontext() if self._verbose else bare_ray(), shielded_processes(self._processes):
                    ray.init(
                        address="local",
                        num_cpus=usable_cpus(),
                        include_dashboard=False,
                        logging_level=level,
                        log_to_driver=self._verbose,
                        _temp_dir=str(self._folder.folder),
                    )
            else:
                if cause := use_token_of(self._address):
                    raise not_joined(self._address, cause)
                ray.init(address=self._address, logging_level=level, log_to_driver=self._verbose)
                self._pulse = Pulse(self._address)
        except UserError:
            raise
        except Exception as error:  # Ray raises a bare Exception when a process of its own does not come up
            raise self._not_started(first_line(error)) from error
        for name in ("ray", "ray.tune", "ray.train", "ray.data"):
            logging.getLogger(name).setLevel(level)

    def _not_started(self, cause: str) -> UserError:
        if self._address is not None:
            return not_joined(self._address, cause)
        return UserError(f"Ray does not start on this machine: {cause}; try again, or add --executor inline")


def _program(process: subprocess.Popen[bytes]) -> str:
    """The name of the program that a process runs."""
    arguments = process.args
    return Path(arguments[0] if isinstance(arguments, list) else str(arguments)).name
