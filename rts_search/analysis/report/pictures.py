"""The figures and tables of a sweep as PNG pictures for a paper, and the figures' numbers as CSV."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.analysis.confirmation.page import markdown
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.courses.reading import courses_to_show
from rts_search.analysis.figures import FIGURES, Figure, SweepView
from rts_search.analysis.figures.numbers import numbers
from rts_search.analysis.figures.table_figure import table_figure
from rts_search.analysis.markdown_tables import tables_in
from rts_search.analysis.tables import Tables
from rts_search.basics.errors import UserError
from rts_search.basics.files import write_atomically
from rts_search.study.landscape_record import read_landscape
from rts_search.study.workspace import Workspace
from trainables.core.settings.section import first_line

WIDTH, HEIGHT, SCALE = 900, 520, 3
"""Size in CSS pixels where a figure sets none, and pixels of the picture per CSS pixel: 300 dots per inch at a width of
9 inches."""


def write_pictures(name: str, workspace: Workspace, folder: Path) -> list[Path]:
    """Write the figures of a sweep that have something to show, and its tables, as PNG on white.

    They are named SWEEP-FIGURE.png, SWEEP-table.png (the ranking and the arms) and SWEEP-confirm-table.png.

    Returns:
        The files.

    Raises:
        UserError: plotly, kaleido or a browser is not installed, or a file cannot be written.
    """
    study = workspace.load(name)
    verdict = read_verdict(study, study.trials(), workspace.storage_url).verdict
    confirmed = "" if verdict is None else markdown(Verdict.from_dict(verdict), name)
    paths = workspace.results.sweep(name)
    drawn = {
        **{f"{name}-{key}": figure for key, figure in _drawn(name, workspace).items()},
        **table_figures(name, Tables(study, workspace.results.store_url, earlier=paths).markdown()),
        **table_figures(f"{name}-confirm", confirmed),
    }
    return write_figures({folder / f"{key}.png": figure for key, figure in drawn.items()})


def table_figures(name: str, text: str) -> dict[str, Figure]:
    """The tables of a text in Markdown as figures, by name: NAME-table, NAME-table-2 and so on."""
    titles = (f"{name}-table{'' if place == 1 else f'-{place}'}" for place in count(1))
    return {title: table_figure(table, title) for title, table in zip(titles, tables_in(text), strict=False)}


def write_numbers(name: str, workspace: Workspace, folder: Path) -> list[Path]:
    """Write the numbers of every figure that has some, as SWEEP-FIGURE.csv.

    Returns:
        The files.

    Raises:
        UserError: a file cannot be written.
    """
    drawn = {folder / f"{name}-{key}.csv": figure for key, figure in _drawn(name, workspace).items() if figure.data}
    for file, figure in drawn.items():
        write_atomically(file, numbers(figure.to_dict()))
    return list(drawn)


def _drawn(name: str, workspace: Workspace) -> dict[str, Figure]:
    """The figures of a sweep that have something to show, by name."""
    study = workspace.load(name)
    entries = study.trials()
    measured = read_landscape(workspace.results.sweep(name).landscape_json)
    verdict = read_verdict(study, entries, workspace.storage_url).verdict
    view = SweepView.of(study, entries, verdict, measured, courses_to_show(study, entries, verdict, workspace))
    found = {key: draw(view) for key, draw in FIGURES.items()}
    return {key: figure for key, figure in found.items() if figure is not None}


def write_figures(drawn: Mapping[Path, Figure]) -> list[Path]:
    """Write figures as PNG on white. Returns the files. Raises: UserError: as `write_pictures`."""
    for file, picture in zip(drawn, pictures(list(drawn.values())), strict=True):
        write_atomically(file, picture)
    return list(drawn)


def pictures(figures: list[Figure]) -> list[bytes]:
    """The figures as PNG, all drawn in one browser: starting one takes longer than drawing. Raises: UserError."""
    white = [{**figure.layout, "paper_bgcolor": "white", "plot_bgcolor": "white"} for figure in figures]
    try:
        from plotly.io import write_images

        with TemporaryDirectory() as folder:
            files = [Path(folder) / f"{place}.png" for place in range(len(figures))]
            write_images(
                fig=[{"data": one.data, "layout": layout} for one, layout in zip(figures, white, strict=True)],
                file=files,
                width=[figure.layout.get("width", WIDTH) for figure in figures],
                height=[figure.layout.get("height", HEIGHT) for figure in figures],
                scale=SCALE,
                validate=False,
            )
            return [file.read_bytes() for file in files]
    except ImportError as error:
        raise UserError(f"--png: needs {error.name}: pip install 'rts-search[report]'") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(
            f"--png: needs Chrome or Chromium, which draws the pictures ({first_line(error)}); install it, for example "
            "with `apt install chromium` or `plotly_get_chrome`"
        ) from error
