"""The command that puts several confirmed sweeps into one table: tasks."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import Json, ResultsOption, Storage, workspace_of

FORMS = (".md", ".csv", ".tex")


def tasks(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Confirmed sweeps, one for each task.")],
    output: Annotated[
        list[Path] | None, typer.Option("--output", "-o", help="Also write a file: .md, .csv or .tex. Can be repeated.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Put several confirmed sweeps into one table.

    It says what holds for each data set and model, and on average over them, corrected for the whole table.
    """
    from rts_search.basics.errors import UserError
    from rts_search.basics.files import write_atomically

    odd = next((file for file in output or [] if file.suffix not in FORMS), None)
    if odd is not None:
        raise UserError(f"--output: must end in {', '.join(FORMS)}, but got {str(odd)!r}")
    with phase("reading the confirmations"):
        from rts_search.operations.tasks import tasks as tabulated

        found = tabulated(names, workspace_of(results, storage))
    for file in output or []:
        csv = found.frame().to_csv(index=False, lineterminator="\n")
        write_atomically(file, {".md": found.markdown(), ".csv": csv, ".tex": found.latex()}[file.suffix])
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        print_markdown(found.markdown())
