"""Starting or joining Ray quietly."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from rts_search.basics.errors import UserError
from rts_search.basics.signals import terminated_as_interrupted
from rts_search.study.database.passwords import forget_passwords
from trainables.core.settings.section import first_line

QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_DEDUP_LOGS": "1",
    "RAY_TRAIN_V2_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}
"""Ray keeps its own logs and folders to itself: results are written once, by us."""

ANSWER_SECONDS = 5.0
"""How long a cluster's address may take to answer."""


@contextmanager
def ray_running(address: str | None, verbose: bool) -> Iterator[None]:
    """Ray for the time of a sweep: a local one, or the cluster at `address`. Raises: UserError when none answers."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    forget_passwords()  # a local Ray, and so its workers, would inherit them
    if address:
        _require_answer(address)
    level = logging.INFO if verbose else logging.CRITICAL
    dashboard = None if address else False
    try:
        ray.init(address=address or "local", logging_level=level, log_to_driver=verbose, include_dashboard=dashboard)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise _no_cluster(address, first_line(error)) from error
    for name in ("ray", "ray.tune", "ray.train", "ray.data"):
        logging.getLogger(name).setLevel(level)
    try:
        # Here and not earlier: Ray's start takes SIGTERM for itself.
        with terminated_as_interrupted():
            yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """Knock at a `host:port` before Ray does, which would wait for minutes. Raises: UserError when nobody answers."""
    if address.startswith("ray://"):
        raise UserError(
            f"--address: must not be a Ray client's, but got {address!r}; "
            "run the command on a node of the cluster, with --address auto"
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, str(error)) from error


def _no_cluster(address: str | None, cause: str) -> UserError:
    return UserError(
        f"--address: must be a running Ray cluster, but got {address!r}: {cause}; "
        "start one with `ray start --head`, or leave --address and RAY_ADDRESS out to run on this machine"
    )
