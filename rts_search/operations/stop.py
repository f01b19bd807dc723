"""Stop the process that drives a sweep, and delete a sweep."""

import time

from rts_search.analysis.confirmation.past_looks import PastLooks
from rts_search.basics.driver import Driver
from rts_search.basics.errors import UserError
from rts_search.basics.phases import phase
from rts_search.store.cleaning import others_of, store_errors
from rts_search.store.needed_states import addresses
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.database.storage import storage_errors
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from trainables.core.history.store import Store

STOP_SECONDS = 120
"""How long `stop` waits for the driver's process to end."""
LOOK_SECONDS = 0.1
"""Pause between two looks whether it has ended."""


def stop(name: str, workspace: Workspace) -> bool:
    """Stop a running sweep and wait for its end. Returns False when it was not running. Raises: UserError."""
    study = workspace.load(name)
    driver = ask_to_stop(study, workspace)
    if driver is None:
        return False
    deadline = time.monotonic() + STOP_SECONDS
    with phase(f"waiting for process {driver.pid} to write its tables and end"):
        while workspace.driver(study) == driver:
            if time.monotonic() > deadline:
                raise UserError(
                    f"{name}: process {driver.pid} on {driver.host} must stop within {STOP_SECONDS} s, but still runs; "
                    f"end it there with kill -9 {driver.pid}"
                )
            time.sleep(LOOK_SECONDS)
    return True


def ask_to_stop(study: SweepStudy, workspace: Workspace) -> Driver | None:
    """Ask the driver of a sweep to stop: by a signal where it is certain to be the driver, else in the study.

    Returns the driver, None when there is none. Raises: UserError.
    """
    driver = workspace.driver(study)
    if driver is None or driver.terminate():
        return driver
    with storage_errors(workspace.storage_url):
        if not study.ask_to_stop() and workspace.driver(study) is not None:
            raise UserError(
                f"{study.name}: process {driver.pid} on {driver.host} does not read the study yet, and cannot be seen "
                "from here; try again in a minute, or end it there with Ctrl-C or SIGTERM"
            )
    return driver


def delete(name: str, workspace: Workspace) -> None:
    """Delete a sweep: its results folder, its studies, and the states that only it uses.

    The study comes last, so that what was cut off can be deleted again.

    Raises: UserError, also while the sweep runs.
    """
    study = workspace.load(name)
    workspace.require_drivable(study)
    paths = workspace.results.sweep(name)
    with paths.driving(study.watch), storage_errors(workspace.storage_url), study.driven(paths.lock) as lease:
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
        paths.remove()
        lease.leave()
        study.delete()
