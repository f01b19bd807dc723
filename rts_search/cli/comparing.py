"""The commands that compare how methods train: stability and costs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import Json, Name, ResultsOption, Storage, require_form, rivals_in, workspace_of
from rts_search.cli.picturing import Png, write_png

if TYPE_CHECKING:
    import pandas as pd

    from rts_search.analysis.courses.course import Courses
    from rts_search.analysis.courses.section import Section
    from rts_search.analysis.figures import Figure

FORMS = (".html", ".md", ".csv", ".png")
Against = Annotated[
    str | None, typer.Option("--against", metavar="sgd,pugd", help="The rivals.", show_default="all baselines")
]
Output = Annotated[
    list[Path] | None,
    typer.Option("--output", "-o", help="Also write a file: .html, .md, .csv or .png (the figure). Can be repeated."),
]


class Table(Protocol):
    """What both commands show."""

    @property
    def courses(self) -> "Courses":
        """The runs."""

    @property
    def section(self) -> "Section":
        """The tables as texts."""

    def markdown(self) -> str:
        """The tables and what they show."""

    def frame(self) -> "pd.DataFrame":
        """The numbers."""

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""


def stability(
    name: Name,
    against: Against = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="Also show the trials of the search by their settings.")
    ] = False,
    output: Output = None,
    png: Png = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Show how steadily each method of a sweep trains.

    Its spread over epochs and seeds, spikes of the loss, gradient norms, and the share of runs that diverged.
    """
    require_form(output, FORMS)
    with phase(f"{name}: reading the runs"):
        from rts_search.analysis.figures.stability import drawn
        from rts_search.operations.stability import stability as measured

        found = measured(name, workspace_of(results, storage), rivals_in(against), settings)
    _show(name, found, drawn, output, as_json)
    if png is not None:
        write_png(png, f"{name}-stability", found.markdown(), {f"{name}-stability": drawn(found.courses)}, as_json)


def costs(
    name: Name,
    accuracy: Annotated[
        float | None,
        typer.Option(
            "--accuracy",
            metavar="0.95",
            help="The value of the objective's metric that is to be reached.",
            show_default="what half of the runs of every method have at their end",
        ),
    ] = None,
    against: Against = None,
    output: Output = None,
    png: Png = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Compare methods at equal epochs, gradient evaluations and time.

    And how many gradient evaluations each of them needs to reach an accuracy.
    """
    require_form(output, FORMS)
    with phase(f"{name}: reading the runs"):
        from rts_search.analysis.figures.costs import drawn
        from rts_search.operations.costs import costs as measured

        found = measured(name, workspace_of(results, storage), accuracy, rivals_in(against))
    _show(name, found, drawn, output, as_json)
    if png is not None:
        write_png(png, f"{name}-costs", found.markdown(), {f"{name}-costs": drawn(found.courses)}, as_json)


def _show(
    name: str, found: Table, draw: "Callable[[Courses], Figure | None]", output: list[Path] | None, as_json: bool
) -> None:
    """Write the files, then print the table."""
    for file in output or []:
        with phase(f"writing {file}"):
            _write(file, name, found, draw)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), allow_nan=False))
    else:
        print_markdown(found.markdown())


def _write(file: Path, name: str, found: Table, draw: "Callable[[Courses], Figure | None]") -> None:
    from rts_search.basics.files import write_atomically

    content: str | bytes
    if file.suffix == ".csv":
        content = found.frame().to_csv(index=False, lineterminator="\n")
    elif file.suffix == ".md":
        content = found.markdown() + "\n"
    elif file.suffix == ".html":
        from rts_search.analysis.report.sections import page

        content = page(name, found.section, draw(found.courses))
    else:
        from rts_search.analysis.report.pictures import pictures

        figure = draw(found.courses)
        assert figure is not None, "a run has completed"
        content = pictures([figure])[0]
    write_atomically(file, content)
