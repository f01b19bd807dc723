"""A confirmation under its display, by its own command or at the end of a sweep."""

from typing import TYPE_CHECKING

import typer

from rts_search.commands.options import INTERRUPTED

if TYPE_CHECKING:
    from rich.console import Console

    from rts_search.confirm.settings import ConfirmConfig
    from rts_search.confirm.verdict import Verdict
    from rts_search.service.place import Place


def confirmed(name: str, settings: "ConfirmConfig", place: "Place", console: "Console") -> "Verdict":
    """Confirm a sweep that has ended. Raises: UserError; typer.Exit when it is interrupted."""
    from rts_search.confirm.command import confirm
    from rts_search.display import SweepDisplay
    from rts_search.interrupts import Interrupted

    try:
        return confirm(name, settings, place, lambda runs: SweepDisplay.of_study(console, runs, runs.total))
    except (Interrupted, KeyboardInterrupt):
        console.print(f"{name}: stopped. Go on with: rts-search confirm {name}{place.options()}", highlight=False)
        raise typer.Exit(INTERRUPTED) from None
