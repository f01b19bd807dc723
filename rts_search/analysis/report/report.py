"""The report of a sweep: one HTML file that needs no other, and its figures as PNG pictures for a paper."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from rts_search.analysis.best_config import best_export
from rts_search.analysis.confirmation.current import CurrentVerdict, read_verdict
from rts_search.analysis.confirmation.page import HEAD, cells, explained
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.figures import FIGURES, Figure, SweepView
from rts_search.analysis.forecast.forecast_error import told
from rts_search.analysis.report.leaderboard import leaders
from rts_search.analysis.report.rendering import render
from rts_search.analysis.tables import Tables
from rts_search.basics.environment import versions
from rts_search.basics.errors import UserError
from rts_search.basics.files import write_atomically
from rts_search.basics.results_folder import SweepPaths
from rts_search.study.status import status_of
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from trainables.core.settings.section import first_line

PICTURE = {"format": "png", "width": 900, "height": 520, "scale": 3}
"""2700 pixels wide: 300 dots per inch at a width of 9 inches."""


def report(name: str, workspace: Workspace) -> str:
    """The report of a sweep with its trials of now, as HTML. Raises: UserError."""
    study = workspace.load(name)
    entries = study.trials()
    return report_of(study, entries, read_verdict(study, entries, workspace.storage_url), workspace)


def report_of(study: SweepStudy, entries: Sequence[TrialEntry], current: CurrentVerdict, workspace: Workspace) -> str:
    """The report of a sweep whose trials and verdict have been read already, as HTML. Raises: UserError."""
    paths = workspace.results.sweep(study.name)
    view = SweepView.of(study, entries, current.verdict)
    verdict = None if current.verdict is None else Verdict.from_dict(current.verdict)
    return render(
        "report.html",
        name=study.name,
        facts=status_of(study, entries, paths.driver()),
        forecast=told(paths),
        verdict=current.verdict,
        head=HEAD,
        comparisons=[cells(one) for one in verdict.comparisons] if verdict else [],
        explained=explained(verdict) if verdict else [],
        outdated=current.outdated,
        leaders=leaders(view),
        rule=view.rule,
        figures=figures_of(view),
        best=_best(study, entries, current, workspace),
        sweep=yaml.safe_dump(study.sweep.to_dict(), sort_keys=False),
        environment=_environment(paths),
        versions=versions(),
    )


def figures_of(view: SweepView) -> list[Figure]:
    """All figures of a sweep that have something to show."""
    drawn = (draw(view) for draw in FIGURES.values())
    return [figure for figure in drawn if figure is not None]


def write_pictures(name: str, workspace: Workspace, folder: Path) -> list[Path]:
    """Write every figure of a sweep as PICTURE, a PNG on white, named SWEEP-FIGURE.png.

    Returns:
        The files.

    Raises:
        UserError: plotly, kaleido or a browser that draws is not installed, or a file cannot be written.
    """
    study = workspace.load(name)
    entries = study.trials()
    view = SweepView.of(study, entries, read_verdict(study, entries, workspace.storage_url).verdict)
    found = {folder / f"{name}-{key}.png": draw(view) for key, draw in FIGURES.items()}
    drawn = {file: figure for file, figure in found.items() if figure is not None}
    try:
        from plotly.io import to_image

        for file, figure in drawn.items():
            white = {**figure.layout, "paper_bgcolor": "white", "plot_bgcolor": "white"}
            size = {**PICTURE, "height": figure.layout.get("height", PICTURE["height"])}
            write_atomically(file, to_image({"data": figure.data, "layout": white}, validate=False, **size))
    except ImportError as error:
        raise UserError(f"--png: needs {error.name}: pip install 'rts-search[report]'") from error
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"--png: needs Chrome or Chromium, which draws the pictures ({first_line(error)}); install it, for example "
            "with `apt install chromium` or `plotly_get_chrome`"
        ) from error
    return list(drawn)


def _best(study: SweepStudy, entries: Sequence[TrialEntry], current: CurrentVerdict, workspace: Workspace) -> str:
    """The best config as YAML, as `rts-search export` writes it; empty before a trial is complete."""
    try:
        tables = Tables(study, workspace.results.store_url, entries)
        return yaml.safe_dump(best_export(study, tables, current.verdict, current.outdated), sort_keys=False)
    except UserError:
        return ""


def _environment(paths: SweepPaths) -> str:
    """The content of environment.json; empty before the sweep has ended."""
    try:
        return paths.environment.read_text()
    except OSError:
        return ""
