"""Start a local Ray, or join a Ray cluster, for one command. Ray starts and ends in the background."""

import logging
import os
import socket
import threading
from contextlib import AbstractContextManager, nullcontext

import ray

from rts_search.basics.cpus import usable_cpus
from rts_search.basics.errors import UserError
from rts_search.basics.process_tree import kill_with_descendants
from rts_search.basics.signals import when_abandoned
from rts_search.running.executors.ray_internals import (
    Processes,
    bare_ray,
    end_ray,
    leave_signals_alone,
    out_of_reach_of_signals,
    preload_in_workers,
)
from rts_search.study.database.passwords import forget_passwords
from trainables.core.settings.section import first_line

QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_DEDUP_LOGS": "1",
    "RAY_TRAIN_V2_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}
"""Environment variables that switch off Ray's own logs, result folders and its handler of SIGINT."""

ANSWER_SECONDS = 5.0
"""Longest wait for an answer from a cluster's address."""
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
        self._thread = threading.Thread(target=self._run, name="ray")
        self._processes: Processes = []

    def begin(self) -> None:
        """Start Ray in the background. Raises: UserError when no process answers at the address."""
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        leave_signals_alone()
        if usable_cpus() <= MOST_PRELOADED:
            preload_in_workers(WORKER_MODULE)
        forget_passwords()  # otherwise a local Ray and its workers would inherit them
        if self._address:
            _require_answer(self._address)
        when_abandoned(lambda: kill_with_descendants(self._processes))
        self._thread.start()

    def wait_until_ready(self) -> None:
        """Wait until Ray runs. Raises: UserError when it cannot start."""
        self._ready.wait()
        if self._error is not None:
            raise self._error

    def finish(self) -> None:
        """End Ray in the background. The process exits only after Ray has ended.

        After a request to stop, it does not wait for a Ray that takes long to start or to end.
        """
        self._end.set()

    def join(self) -> None:
        """Wait until Ray has ended."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._start()
        except UserError as error:
            self._error = error
        finally:
            self._ready.set()
        self._end.wait()
        end_ray(self._processes)

    def _out_of_reach(self) -> AbstractContextManager[Processes]:
        return nullcontext(Processes()) if self._address else out_of_reach_of_signals()

    def _start(self) -> None:
        level = logging.INFO if self._verbose else logging.CRITICAL
        try:
            with (
                self._out_of_reach() as self._processes,
                nullcontext() if self._address or self._verbose else bare_ray(),
            ):
                ray.init(
                    address=self._address or "local",
                    num_cpus=None if self._address else usable_cpus(),
                    logging_level=level,
                    log_to_driver=self._verbose,
                    include_dashboard=None if self._address else False,
                )
        except Exception as error:  # Ray raises a bare Exception when a process of its own does not come up
            raise _not_started(self._address, first_line(error)) from error
        for name in ("ray", "ray.tune", "ray.train", "ray.data"):
            logging.getLogger(name).setLevel(level)


def _require_answer(address: str) -> None:
    """Check that a process answers at `host:port`, since Ray would wait for minutes. Raises: UserError."""
    if address.startswith("ray://"):
        raise UserError(
            f"--address: must not be the address of a Ray client, but got {address!r}; "
            "run the command on a node of the cluster, with --address auto"
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _not_started(address, str(error)) from error


def _not_started(address: str | None, cause: str) -> UserError:
    if address is None:
        return UserError(f"Ray does not start on this machine: {cause}; try again, or add --executor inline")
    return UserError(
        f"--address: must be a running Ray cluster, but got {address!r}: {cause}; "
        "start one with `ray start --head`, or leave --address and RAY_ADDRESS out to run on this machine"
    )
