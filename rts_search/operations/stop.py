"""Stop the process that drives a sweep, and delete a sweep."""

import contextlib
import os
import signal
import socket
import time

from rts_search.analysis.confirmation.past_looks import PastLooks
from rts_search.basics.driver_lock import Driver
from rts_search.basics.errors import UserError
from rts_search.store.cleaning import others_of, store_errors
from rts_search.store.needed_states import addresses
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.database.storage import storage_errors
from rts_search.study.workspace import Workspace
from trainables.core.history.store import Store

STOP_SECONDS = 120
"""How long `stop` waits for the driver's process to end."""


def stop(name: str, workspace: Workspace) -> bool:
    """Stop a running sweep and wait for its end. Returns False when it was not running. Raises: UserError."""
    driver = ask_to_stop(name, workspace)
    if driver is None:
        return False
    paths = workspace.results.sweep(name)
    deadline = time.monotonic() + STOP_SECONDS
    while paths.driver() is not None:
        if time.monotonic() > deadline:
            raise UserError(
                f"{name}: process {driver.pid} must stop within {STOP_SECONDS} s, but still runs; "
                f"end it with kill -9 {driver.pid}"
            )
        time.sleep(0.1)
    return True


def ask_to_stop(name: str, workspace: Workspace) -> Driver | None:
    """Send SIGTERM to the driver of a sweep. Returns the driver, None when there is none. Raises: UserError."""
    workspace.load(name)
    driver = workspace.results.sweep(name).driver()
    if driver is None:
        return None
    if driver.host != socket.gethostname():
        raise UserError(f"{name}: must be stopped on the host where it runs, {driver.host}; run the command there")
    with contextlib.suppress(ProcessLookupError):
        os.kill(driver.pid, signal.SIGTERM)
    return driver


def delete(name: str, workspace: Workspace) -> None:
    """Delete a sweep: its studies, its results folder, and the states that only it uses.

    Raises: UserError, also while the sweep runs.
    """
    study = workspace.load(name)
    paths = workspace.results.sweep(name)
    with paths.driving(), storage_errors(workspace.storage_url):
        others = {address for other in others_of(study, workspace.storage_url) for address in addresses(other.trials())}
        own, store = addresses(study.trials()) - others, Store(workspace.results.store_url)
        with store_errors(store):
            for file in list(store.files()):
                if file.kind == "state" and file.address in own:
                    store.remove(file)
        if ConfirmationStudy.exists(workspace.storage_url, name):
            looks = PastLooks.of(ConfirmationStudy.load(workspace.storage_url, name))
            if looks.num_looks:
                looks.remember(workspace.results.deleted_looks)
        study.delete()
        paths.remove()
