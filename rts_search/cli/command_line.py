"""The list of commands. A command imports heavy packages only when it runs, so that --help is fast."""

import io
import sys
from typing import Annotated

import typer

from rts_search.basics.errors import UserError
from rts_search.basics.exit_codes import USER_ERROR
from rts_search.basics.signals import interrupts_noted, terminated_as_interrupted
from rts_search.cli import (
    advising,
    beginning,
    comparing,
    confirming,
    landscape,
    listing,
    models,
    overing,
    planning,
    results,
    running_sweeps,
    serving,
    store,
    sweeps,
    tabulating,
    training,
    watching,
)
from rts_search.cli.lines import say
from rts_search.cli.stopping import stoppable
from rts_search.study.database.passwords import leave_process_table


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"rts-search {version('rts-search')}")
        raise typer.Exit


app = typer.Typer(
    name="rts-search",
    help="Search the radius, timing and scale of the PUGD-RTS optimizer. Sweeps can be resumed, and their cost is "
    "counted in gradient evaluations.\n\nTo try it: rts-search launch digits",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""
    del version


app.command("list")(stoppable(listing.list_))
for command in (
    beginning.init,
    sweeps.launch,
    sweeps.resume,
    planning.check,
    planning.plan,
    planning.simulate,
    running_sweeps.status,
    watching.watch,
    watching.logs,
    running_sweeps.stop,
    listing.delete,
    results.table,
    results.export,
    training.train,
    confirming.confirm,
    results.report,
    results.compare,
    advising.advise,
    overing.over,
    tabulating.tasks,
    landscape.landscape,
    comparing.stability,
    comparing.costs,
    store.gc,
    store.verify,
    store.restore,
    models.models,
    planning.schema,
    serving.serve,
):
    app.command()(stoppable(command))
app.add_typer(serving.token, name="token")


def main() -> None:
    """Run the command line. A user's mistake prints one line and ends with exit code 2."""
    _print_any_character()
    try:
        with terminated_as_interrupted(), interrupts_noted() as interrupt:
            if not interrupt.is_set():  # a new start would forget the request
                leave_process_table()
            app()
    except UserError as error:
        for line in (str(error), *error.more):
            say(f"rts-search: {line}", err=True)
        sys.exit(USER_ERROR)


def _print_any_character() -> None:
    """Print characters that the output cannot show as escapes, such as \\u2713, instead of failing at them.

    These are characters beyond the encoding of the terminal, and the bytes of file names that are not UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook or a test may have put something else in their place
            stream.reconfigure(errors="backslashreplace")
