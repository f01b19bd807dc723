"""A confirmation under its display, by its own command or at the end of a sweep."""

from typing import TYPE_CHECKING

import typer

from rts_search.basics.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from rich.console import Console

    from rts_search.analysis.confirmation.verdict import Verdict
    from rts_search.study.workspace import Workspace
    from rts_search.sweep.confirm_section import ConfirmConfig


def confirmed(name: str, settings: "ConfirmConfig", workspace: "Workspace", console: "Console") -> "Verdict":
    """Confirm a sweep that has ended. Raises: UserError; typer.Exit when it is interrupted."""
    from rts_search.basics.signals import Interrupted
    from rts_search.cli.live_display import SweepDisplay
    from rts_search.operations.confirm import confirm

    try:
        return confirm(name, settings, workspace, lambda runs: SweepDisplay.of_study(console, runs, runs.total))
    except (Interrupted, KeyboardInterrupt):
        console.print(f"{name}: stopped. Go on with: rts-search confirm {name}{workspace.options()}", highlight=False)
        raise typer.Exit(INTERRUPTED) from None
