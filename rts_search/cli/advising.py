"""The command that learns from several sweeps: advise."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import Json, ResultsOption, Storage, require_form, workspace_of
from rts_search.cli.picturing import Png, write_png

FORMS = (".html", ".md", ".csv")


def advise(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Launched sweeps.")] = None,
    curves: Annotated[
        Path | None, typer.Option(help="Recorded curves with one run per row, instead of launched sweeps.")
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(help="Also write a next sweep file: the last sweep without the values that are ruled out."),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", help="Also write a file: .html, .md or .csv (the table). Can be repeated."),
    ] = None,
    png: Png = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Say what settings did in one or several sweeps.

    Which settings matter, which of their values are good, which are ruled out, and how much the trials can show.
    """
    require_form(output, FORMS)
    with phase("reading the trials, fitting what settings did"):
        from rts_search.analysis.advice.advice import HEAD
        from rts_search.analysis.advice.picture import picture
        from rts_search.analysis.formats import csv
        from rts_search.analysis.report.rendering import render
        from rts_search.basics.errors import UserError
        from rts_search.basics.files import write_atomically
        from rts_search.operations.advise import advise as advised
        from rts_search.operations.advise import next_sweep

        found, sweep = advised(names or [], curves, workspace_of(results, storage))
        text, figure = found.markdown(), picture(found.marginals)
    if space is not None and sweep is None:
        raise UserError(f"--space: must be left out with --curves, which have no sweep, but got {str(space)!r}")
    forms = {
        ".html": lambda: render("advice.html", advice=found, figure=figure, head=HEAD),
        ".md": lambda: text,
        ".csv": lambda: csv(found.frame()),
    }
    for file in output or []:
        write_atomically(file, forms[file.suffix]())
    if space is not None and sweep is not None:
        write_atomically(space, next_sweep(found, sweep))
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        print_markdown(text)
    if png is not None:
        write_png(png, "advice", text, {"advice": figure}, as_json)
