"""The commands that show the results of a sweep: table, export, report, compare."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import (
    Json,
    Name,
    ResultsOption,
    Storage,
    workspace_of,
)


def table(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False) -> None:
    """Write the tables of a sweep again, and print its ranking.

    The exit code is 2 if the record of an epoch is lost and no earlier table has it.
    """
    with phase(f"{name}: reading the trials, writing the tables"):
        from rts_search.operations import results as operation

        workspace = workspace_of(results, storage)
        tables, not_written = operation.rebuild_tables(name, workspace)
        text = "" if as_json else tables.markdown()
    if as_json:
        typer.echo(tables.trials().to_json(orient="records"))
    else:
        print_markdown(text)
    if not_written:
        typer.echo(f"rts-search: {not_written}", err=True)
    operation.tell_gaps(tables, workspace, partial(typer.echo, err=True))


def export(
    name: Name,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write.", show_default="standard output")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="yaml, json or python.", show_default="by the ending of the file, else yaml"),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option("--arm", help="Export the best of this method instead: rts, or a baseline such as sgd."),
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Export the best config of a sweep, with its provenance."""
    with phase(f"{name}: reading the trials"):
        from rts_search.analysis.best_config import form_for
        from rts_search.basics.files import write_atomically
        from rts_search.operations import results as operation

        text, outdated = operation.export(name, workspace_of(results, storage), form_for(form, output), arm)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(output, text)
        _echo_unless_written_there(output, f"{output}: best config of {name if arm is None else f'{arm} in {name}'}")
    if outdated:
        typer.echo(outdated, err=True)


def _echo_unless_written_there(file: Path, line: str) -> None:
    """Print a line, unless the file is the standard output itself, which another program may read."""
    from rts_search.basics.files import is_standard_output

    if not is_standard_output(file):
        typer.echo(line)


def report(
    name: Name,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write.", show_default="report.html in the folder of the sweep"),
    ] = None,
    png: Annotated[
        Path | None, typer.Option("--png", help="Also write every figure as a PNG into this folder.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Write a report of a sweep: one HTML file that works offline.

    It shows the verdict, the leaderboard, the figures and the best config.
    """
    with phase(f"{name}: drawing the figures"):
        from rts_search.analysis.report.pictures import write_pictures
        from rts_search.analysis.report.report import report as made
        from rts_search.basics.files import write_atomically

        workspace = workspace_of(results, storage)
        file = output or workspace.results.sweep(name).report
        write_atomically(file, made(name, workspace))
    _echo_unless_written_there(file, f"{file}: report of {name}")
    if png is not None:
        with phase(f"{name}: drawing the figures as PNG"):
            for picture in write_pictures(name, workspace, png):
                typer.echo(picture)


def compare(
    first: Annotated[str, typer.Argument(help="A launched sweep.")],
    second: Annotated[str, typer.Argument(help="Another launched sweep.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write the comparison as one HTML file.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Compare two sweeps: settings, results at equal cost, verdicts.

    It also prints whether it is established which of them found the better config.
    """
    with phase(f"comparing {first} and {second}"):
        from rts_search.analysis.report.comparison import compare as compared
        from rts_search.basics.files import write_atomically

        found = compared(first, second, workspace_of(results, storage))
        if output is not None:
            write_atomically(output, found.page())
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        print_markdown(found.markdown())
