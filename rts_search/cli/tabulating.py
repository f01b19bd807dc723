"""The command that puts several confirmed sweeps into one table: tasks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import Json, ResultsOption, Storage, require_form, workspace_of
from rts_search.cli.picturing import Png, write_png

if TYPE_CHECKING:
    from rts_search.analysis.tasks.table import TaskTable

FORMS = (".md", ".csv", ".tex")

Output = Annotated[
    list[Path] | None, typer.Option("--output", "-o", help="Also write a file: .md, .csv or .tex. Can be repeated.")
]


def tasks(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Confirmed sweeps, one for each task.")],
    output: Output = None,
    png: Png = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Put several confirmed sweeps into one table.

    It says what holds for each data set and model, and on average over them, corrected for the whole table.
    """
    require_form(output, FORMS)
    with phase("reading the confirmations"):
        from rts_search.operations.tasks import tasks as tabulated

        found = tabulated(names, workspace_of(results, storage))
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        print_markdown(found.markdown())
    write_table(found, output, png, as_json)


def write_table(found: "TaskTable", output: Sequence[Path] | None, png: Path | None, quiet: bool = False) -> None:
    """Write the table and its figure, accuracy against size. quiet: standard output is for JSON. Raises: UserError."""
    from rts_search.analysis.formats import csv
    from rts_search.basics.errors import UserError
    from rts_search.basics.files import write_atomically

    forms = {".md": found.markdown, ".csv": lambda: csv(found.frame()), ".tex": found.latex}
    for file in output or []:
        write_atomically(file, forms[file.suffix]())
    if png is None:
        return
    if (figure := found.figure()) is None:
        why = next((one.refusal for sizes in found.sizes for one in sizes.values()), "nothing was measured")
        raise UserError(f"--png: needs a model whose size is known, but {why}; leave it out")
    write_png(png, "tasks", found.markdown(), {"tasks": figure}, quiet)
