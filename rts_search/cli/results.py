"""The commands that show the results of a sweep: table, export, report, compare."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.lines import say
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import Json, Name, ResultsOption, Storage, require_form, workspace_of
from rts_search.cli.picturing import Png, write_png


def table(
    name: Name,
    png: Png = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Write the tables of a sweep again, and print its ranking.

    The exit code is 2 if the record of an epoch is lost and no earlier table has it.
    """
    with phase(f"{name}: reading the trials, writing the tables"):
        from rts_search.analysis.confirmation.current import read_verdict
        from rts_search.operations import results as operation

        workspace = workspace_of(results, storage)
        tables, not_written = operation.rebuild_tables(name, workspace)
        text = "" if as_json and png is None else tables.markdown()
        verdict = read_verdict(tables.study, tables.entries, workspace.storage_url).told
    if as_json:
        typer.echo(tables.trials().to_json(orient="records"))
    else:
        print_markdown(text)
        if verdict:
            say(verdict)
    if not_written:
        typer.echo(f"rts-search: {not_written}", err=True)
    if png is not None:
        write_png(png, name, text, {}, as_json)
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
    trial: Annotated[
        int | None, typer.Option("--trial", min=0, help="Export this trial instead, however it ended.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Export the best config of a sweep, with its provenance."""
    with phase(f"{name}: reading the trials"):
        from rts_search.analysis.best_config import form_for
        from rts_search.basics.errors import UserError
        from rts_search.basics.files import write_atomically
        from rts_search.operations import results as operation

        if arm is not None and trial is not None:
            raise UserError(f"--trial: must not be given together with --arm, which chooses a trial, but got {trial}")
        text, unsure = operation.export(name, workspace_of(results, storage), form_for(form, output), arm, trial)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(output, text)
        of = f"best config of {name if arm is None else f'{arm} in {name}'}"
        _echo_unless_written_there(output, f"{output}: {of if trial is None else f'config of trial {trial} of {name}'}")
    if unsure:
        say(unsure, err=True)


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
    png: Png = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Also write the numbers of every figure as CSV into this folder.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Write a report of a sweep: one HTML file that works offline.

    It shows the verdict, the leaderboard, the figures and the best config.
    """
    with phase(f"{name}: drawing the figures"):
        from rts_search.analysis.report.pictures import write_numbers, write_pictures
        from rts_search.analysis.report.report import report as made
        from rts_search.basics.files import write_atomically

        workspace = workspace_of(results, storage)
        file = output or workspace.results.sweep(name).report
        write_atomically(file, made(name, workspace))
    _echo_unless_written_there(file, f"{file}: report of {name}")
    if png is not None:
        with phase(f"{name}: drawing the figures and tables as PNG"):
            for picture in write_pictures(name, workspace, png):
                typer.echo(picture)
    if csv is not None:
        for table_of_figure in write_numbers(name, workspace, csv):
            typer.echo(table_of_figure)


COMPARISONS = (".html", ".md", ".csv", ".tex")


def compare(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Launched sweeps of the same data.")],
    against: Annotated[
        str | None,
        typer.Option("--against", help="The one that the others are compared with.", show_default="the first"),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", help="Also write a file: .html, .md, .csv or .tex. Can be repeated."),
    ] = None,
    png: Png = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Compare sweeps: settings, results at equal cost, verdicts.

    It also prints whether it is established which of them found the better config, corrected for the whole table.
    """
    require_form(output, COMPARISONS)
    with phase(f"comparing {', '.join(names)}"):
        from rts_search.analysis.formats import csv
        from rts_search.analysis.report.comparison import compare as compared
        from rts_search.basics.files import write_atomically

        found = compared(names, workspace_of(results, storage), against)
        forms = {
            ".html": found.page,
            ".md": found.markdown,
            ".csv": lambda: csv(found.table.frame()),
            ".tex": found.table.latex,
        }
        for file in output or []:
            write_atomically(file, forms[file.suffix]())
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        print_markdown(found.markdown())
    if png is not None:
        write_png(png, "compare", found.markdown(), {"compare": found.figure()}, as_json)
