"""Start a local Ray, or join a Ray cluster, for one command. Ray starts and ends in the background."""

import logging
import os
import threading
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import ray

from rts_search.basics.cpus import usable_cpus
from rts_search.basics.errors import UserError
from rts_search.basics.process_tree import kill_with_descendants
from rts_search.basics.signals import when_abandoned
from rts_search.running.executors.ray_address import found_cluster, not_joined
from rts_search.running.executors.ray_folder import OF_RAY, TOKEN, private_folder
from rts_search.running.executors.ray_internals.ending import abandon_ray, end_ray
from rts_search.running.executors.ray_internals.processes import (
    Processes,
    bare_ray,
    bound_to_this_process,
    hidden_from_others,
    out_of_reach_of_signals,
)
from rts_search.running.executors.ray_internals.settings import (
    leave_signals_alone,
    own_environment,
    preload_in_workers,
    print_no_messages_of_ray,
    ray_environment,
    start_no_ray_by_itself,
)
from rts_search.running.executors.ray_loss import ClusterLoss, LocalLoss
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
    "TUNE_STATE_REFRESH_PERIOD": "3600",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}
"""Environment variables that switch off Ray's own logs, result folders and its handler of SIGINT."""

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
        self._variables: dict[str, str] = {}
        self._lost = ""
        self._nodes: list[dict[str, float]] = []
        self._thread = threading.Thread(target=self._run, name="ray")
        self._processes: Processes = []

    def begin(self) -> None:
        """Start Ray in the background. Raises: UserError when no process answers at the address."""
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        _require_home()
        leave_signals_alone()
        start_no_ray_by_itself()
        if usable_cpus() <= MOST_PRELOADED:
            preload_in_workers(WORKER_MODULE)
        if not self._verbose:
            print_no_messages_of_ray()
        forget_passwords()  # otherwise a local Ray and its workers would inherit them
        if self._address:
            self._address, self._variables = found_cluster(self._address)
        when_abandoned(lambda: kill_with_descendants(self._processes))
        self._thread.start()

    def wait_until_ready(self) -> None:
        """Wait until Ray runs. Raises: UserError when it cannot start."""
        self._ready.wait()
        if self._error is not None:
            raise self._error

    @property
    def lost(self) -> str:
        """Why Ray can no longer be used, in a few words; empty while it can."""
        if not self._address and not self._lost and not self._end.is_set():
            self._lost = LocalLoss().cause()
        return self._lost

    @property
    def nodes(self) -> list[dict[str, float]]:
        """The resources of the nodes that were alive a few seconds ago. Asks nobody, so that it never waits."""
        return self._nodes

    def finish(self) -> None:
        """End Ray in the background. The process exits only after Ray has ended.

        After a request to stop, it does not wait for a Ray that takes long to start or to end.
        """
        self._end.set()

    def join(self) -> None:
        """Wait until Ray has ended."""
        self._thread.join()

    def _run(self) -> None:
        with ExitStack() as at_end:
            try:
                if self._address:
                    self._connect(self._address, at_end)
                else:
                    self._start(at_end)
                self._nodes = _nodes()
            except UserError as error:
                self._error = error
            finally:
                self._ready.set()
            if self._error is None:
                self._watch()
            self._end.wait()
            if self._lost:
                abandon_ray(self._processes)
            else:
                end_ray(self._processes)

    def _watch(self) -> None:
        """Look after Ray until the session ends or Ray is lost."""
        loss = ClusterLoss(self._address) if self._address else LocalLoss()
        while not self._lost and not self._end.wait(loss.seconds):
            self._lost = self._lost or loss.cause()
            if self._address and loss.answers:
                self._nodes = _nodes()

    def _connect(self, address: str, at_end: ExitStack) -> None:
        """Join a cluster. `at_end` gets what must be put back after its end. Raises: UserError."""
        at_end.enter_context(ray_environment(self._variables))
        try:
            self._begin_ray(address=address)
        except Exception as error:
            raise not_joined(address, first_line(error)) from error

    def _start(self, at_end: ExitStack) -> None:
        """Start a local Ray. `at_end` gets what must be put back after its end. Raises: UserError."""
        folder = at_end.enter_context(private_folder())
        at_end.enter_context(own_environment(folder / TOKEN))
        try:
            with (
                out_of_reach_of_signals() as self._processes,
                nullcontext() if self._verbose else bare_ray(),
                hidden_from_others(folder),
                bound_to_this_process(),
            ):
                self._begin_ray(
                    address="local", num_cpus=usable_cpus(), include_dashboard=False, _temp_dir=str(folder / OF_RAY)
                )
        except Exception as error:  # Ray raises a bare Exception when a process of its own does not come up
            raise UserError(
                f"Ray does not start on this machine: {first_line(error)}; try again, or add --executor inline"
            ) from error

    def _begin_ray(self, **options: Any) -> None:
        level = logging.INFO if self._verbose else logging.CRITICAL
        ray.init(logging_level=level, log_to_driver=self._verbose, **options)
        for name in ("ray", "ray.tune", "ray.train", "ray.data"):
            logging.getLogger(name).setLevel(level)


def _nodes() -> list[dict[str, float]]:
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _require_home() -> None:
    """Give a user without a home the root folder for one, as Docker does: Ray cannot be imported without any."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = "/"
