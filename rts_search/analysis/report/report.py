"""The report of a sweep: one HTML file that needs no other."""

from collections.abc import Sequence
from typing import Any

from rts_search.analysis.arms.table import arms_table
from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.best_config import best_export
from rts_search.analysis.confirmation.current import CurrentVerdict, read_verdict
from rts_search.analysis.confirmation.page import cells, explained, head
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.courses.reading import courses_to_show
from rts_search.analysis.figures import FIGURES, Figure, SweepView
from rts_search.analysis.forecast.forecast_error import told
from rts_search.analysis.report.board import Board
from rts_search.analysis.report.landscape import LandscapeSection
from rts_search.analysis.report.leaderboard import leaders
from rts_search.analysis.report.rendering import render
from rts_search.analysis.report.sections import sections_of
from rts_search.analysis.tables import Tables
from rts_search.analysis.tested import tested_of
from rts_search.basics.environment import versions
from rts_search.basics.errors import UserError
from rts_search.basics.files import read_text
from rts_search.basics.results_folder import SweepPaths
from rts_search.basics.yaml_text import yaml_text
from rts_search.study.landscape_record import read_landscape
from rts_search.study.status import read_status
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace


def report(name: str, workspace: Workspace) -> str:
    """The report of a sweep with its trials of now, as HTML. Raises: UserError."""
    study = workspace.load(name)
    entries, facts = read_status(study, workspace)
    return report_of(study, entries, facts, read_verdict(study, entries, workspace.storage_url), workspace)


def report_of(
    study: SweepStudy,
    entries: Sequence[TrialEntry],
    facts: dict[str, Any],
    current: CurrentVerdict,
    workspace: Workspace,
) -> str:
    """The report of a sweep whose trials, status and verdict have been read already, as HTML. Raises: UserError."""
    paths = workspace.results.sweep(study.name)
    measured = read_landscape(paths.landscape_json)
    courses = courses_to_show(study, entries, current.verdict, workspace)
    view = SweepView.of(study, entries, current.verdict, measured, courses)
    board = Board(study.sweep, entries, tested_of(study))
    verdict = None if current.verdict is None else Verdict.from_dict(current.verdict)
    return render(
        "report.html",
        name=study.name,
        facts=facts,
        model=study.model_told,
        forecast=told(paths),
        verdict=current.verdict,
        head=head(verdict) if verdict else (),
        comparisons=[cells(one) for one in verdict.comparisons] if verdict else [],
        explained=explained(verdict) if verdict else [],
        outdated=current.outdated,
        board=board,
        leaders=leaders(board),
        arms=arms_table(study, entries),
        landscape=None if measured is None else LandscapeSection.of(measured),
        sections=sections_of(courses),
        objective=view.objective,
        untuned=untuned(view.sweep),
        figures=figures_of(view),
        best=_best(study, entries, current, workspace),
        sweep=yaml_text(study.sweep.to_dict()),
        environment=_environment(paths),
        versions=versions(),
    )


def figures_of(view: SweepView) -> list[Figure]:
    """All figures of a sweep that have something to show."""
    drawn = (draw(view) for draw in FIGURES.values())
    return [figure for figure in drawn if figure is not None]


def _best(study: SweepStudy, entries: Sequence[TrialEntry], current: CurrentVerdict, workspace: Workspace) -> str:
    """The best config as YAML, as `rts-search export` writes it; empty before a trial is complete."""
    try:
        tables = Tables(study, workspace.results.store_url, entries)
        return yaml_text(best_export(study, tables, current.verdict, current.outdated))
    except UserError:
        return ""


def _environment(paths: SweepPaths) -> str:
    """The content of environment.json; empty before the sweep has begun."""
    try:
        return read_text(paths.environment)
    except FileNotFoundError:
        return ""
