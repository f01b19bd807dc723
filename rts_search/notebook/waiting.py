"""Waits until a sweep has ended, and shows how far it is."""

import time
from typing import TYPE_CHECKING, Any

from rts_search.basics.errors import UserError
from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.notebook.bars import Bar, make_bar
from rts_search.notebook.progress import sweep_progress, told_of

if TYPE_CHECKING:
    from rts_search.operations.background import BackgroundDriver
    from rts_search.study.workspace import Workspace

LOOK_SECONDS = 0.5
"""Pause between two looks at the study, at least."""
PAUSES = 5.0
"""A look that took t seconds is followed by a pause of PAUSES * t seconds: the sweep needs the database, too."""
LAST_LOOKS = 3
"""A sweep that was driven has ended when so many looks in a row find no driver: there is none for a moment between its
search and its confirmation."""
LINES = 12
"""So many lines of the end of a log are told when a driver has failed."""


def wait_for_end(name: str, workspace: "Workspace", driver: "BackgroundDriver | None") -> None:
    """Wait until no process drives the sweep any more.

    Args:
        name: of the sweep.
        workspace: where it is.
        driver: the process that this process has started for it; None: whichever drives it.

    Raises:
        UserError: the sweep has not reached its end: its driver has failed, it was stopped, or nothing drives it.
        KeyboardInterrupt: the user interrupted the waiting; the sweep goes on.
    """
    shown = make_bar()
    try:
        facts = _watched(name, workspace, driver, shown)
    except KeyboardInterrupt:
        shown.close(f"{name}: is no longer waited for, and goes on; .wait() waits again, .stop() stops it")
        raise
    except BaseException:
        shown.close("")
        raise
    shown.close(told_of(facts))
    _require_end(name, workspace, driver, facts)


def _watched(name: str, workspace: "Workspace", driver: "BackgroundDriver | None", shown: Bar) -> dict[str, Any]:
    """Show the progress until no process drives the sweep. Returns its last status."""
    from rts_search.basics.log_tail import log_tail

    log, left = workspace.results.sweep(name).log, 1
    while True:
        began = time.monotonic()
        own = driver is not None and driver.code() is None  # asked before the last look
        driven = own or workspace.driver(workspace.load(name)) is not None
        progress, facts = sweep_progress(name, workspace, "".join(log_tail(log, 1)), driven)
        left = LAST_LOOKS if driven and driver is None else left - (not driven)
        if left == 0:
            return facts
        shown.show(progress)
        time.sleep(max(LOOK_SECONDS, PAUSES * (time.monotonic() - began)))


def _require_end(name: str, workspace: "Workspace", driver: "BackgroundDriver | None", facts: dict[str, Any]) -> None:
    """Refuse a sweep that has not reached its end. Raises: UserError."""
    from rts_search.basics.log_tail import log_tail
    from rts_search.operations.background import UNKNOWN

    code = None if driver is None else driver.code()
    if driver is not None and code not in (None, 0, INTERRUPTED, UNKNOWN):
        *before, last = log_tail(driver.log, LINES) or [f"it printed nothing; see {driver.log}"]
        failed = UserError(f"{name}: its driver has failed (exit code {code}): {last.removeprefix('rts-search: ')}")
        failed.more = (*before, f"The whole output is in {driver.log}; .resume() goes on with all finished epochs.")
        raise failed
    if facts["state"] not in ("finished", "budget used up") or code == INTERRUPTED:
        raise UserError(
            f"{name}: was stopped before its end, and nothing runs; all finished epochs are saved: .resume() goes on, "
            f"or `{workspace.command('resume', name)}`"
        )
