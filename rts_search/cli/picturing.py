"""The option --png of the commands that show tables: each table and figure as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rts_search.basics.phases import phase

if TYPE_CHECKING:
    from rts_search.analysis.figures import Figure

Png = Annotated[Path | None, typer.Option("--png", help="Also write each table and figure as a PNG into this folder.")]


def write_png(folder: Path, name: str, text: str, figures: "Mapping[str, Figure | None]", quiet: bool = False) -> None:
    """Write the tables of a text in Markdown and some figures, and print the files.

    Tables are named NAME-table.png, NAME-table-2.png and so on, where there are several.

    Args:
        folder: where to.
        name: first part of the names of tables.
        text: what the command prints.
        figures: figures by the names of their files, without ending; None for one that has nothing to show.
        quiet: standard output is for JSON.

    Raises:
        UserError: plotly, kaleido or a browser is not installed, or a file cannot be written.
    """
    with phase("drawing the pictures"):
        from rts_search.analysis.report.pictures import table_figures, write_figures

        drawn = {key: figure for key, figure in figures.items() if figure is not None} | table_figures(name, text)
        files = write_figures({folder / f"{key}.png": figure for key, figure in drawn.items()})
    for file in files:
        typer.echo(file, err=quiet)
