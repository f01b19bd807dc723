"""The figures of a sweep as PNG pictures for a paper, and their numbers as CSV."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.analysis.courses.reading import courses_to_show
from rts_search.analysis.figures import FIGURES, Figure, SweepView
from rts_search.analysis.figures.numbers import numbers
from rts_search.basics.errors import UserError
from rts_search.basics.files import write_atomically
from rts_search.study.landscape_record import read_landscape
from rts_search.study.workspace import Workspace
from trainables.core.settings.section import first_line

WIDTH, HEIGHT, SCALE = 900, 520, 3
"""Size in CSS pixels, and pixels of the picture per CSS pixel: 300 dots per inch at a width of 9 inches."""


def write_pictures(name: str, workspace: Workspace, folder: Path) -> list[Path]:
    """Write every figure of a sweep that has something to show, as PNG on white, named SWEEP-FIGURE.png.

    Returns:
        The files.

    Raises:
        UserError: plotly, kaleido or a browser is not installed, or a file cannot be written.
    """
    return write_figures({folder / f"{name}-{key}.png": figure for key, figure in _drawn(name, workspace).items()})


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
                width=WIDTH,
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
