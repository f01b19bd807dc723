"""Requests for the results of a sweep: trials, tables, the best config, the report, figures."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from rts_search.analysis.best_config import Form, best_export, render
from rts_search.analysis.figures import FIGURES
from rts_search.analysis.figures.numbers import numbers
from rts_search.analysis.forecast.forecast_error import read_plan
from rts_search.analysis.formats import parquet
from rts_search.analysis.report.comparison import compare
from rts_search.analysis.report.report import report_of
from rts_search.basics.errors import UserError
from rts_search.basics.yaml_text import yaml_text
from rts_search.operations.results import tell_gaps
from rts_search.server.access import VIEWER, State
from rts_search.server.api.parameters import FigureName, Name, Number, OtherName
from rts_search.server.problems import Problem
from rts_search.server.responses import Answer, EpochView, TrialPage, trial_view
from rts_search.server.snapshots import Snapshot
from rts_search.server.state import ServerState
from trainables.core.settings.metrics import METRICS

router = APIRouter(prefix="/api/sweeps/{name}", tags=["results"], dependencies=[VIEWER])

TABLES: dict[str, str] = {"csv": "text/csv", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
NUMBERS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
EXPORTS: dict[str, str] = {"yaml": "application/yaml", "json": "application/json", "python": "text/x-python"}


def _contents(kinds: dict[str, str]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of a response that has one of several content types."""
    parsed = ("application/json", "application/yaml")
    content: dict[str, Any] = {
        kind: {"schema": {} if kind in parsed else {"type": "string"}} for kind in (*kinds.values(), "application/json")
    }
    return {200: {"description": "In the requested format.", "content": content}}


@router.get("/trials")
def trials(
    name: Name,
    state: State,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> TrialPage:
    """List the trials, by number."""
    snapshot = state.snapshots.get(name)
    objective = snapshot.study.sweep.objective
    page = snapshot.entries[offset : offset + limit]
    return TrialPage(total=len(snapshot.entries), trials=[trial_view(entry, objective) for entry in page])


@router.get("/trials/{number}/epochs")
def epochs(name: Name, number: Number, state: State) -> list[EpochView]:
    """List the finished epochs of a trial."""
    snapshot = state.snapshots.get(name)
    _require_trial(name, number, snapshot)
    return [
        EpochView(
            epoch=epoch.epoch,
            **{name: getattr(epoch, name) for name in METRICS},
            gradient_evaluations=epoch.gradient_evaluations,
            spent=epoch.spent,
        )
        for epoch in snapshot.entries[number].epochs
    ]


@router.get("/table", responses=_contents(TABLES), response_class=Response)
def table(
    request: Request,
    name: Name,
    state: State,
    form: Annotated[Literal["csv", "json", "parquet"], Query(alias="format")] = "json",
) -> Response:
    """Download the table of trials: one row per trial, one column per setting.

    It is refused while records of epochs are lost that no earlier table has either. That of an ended sweep is kept.
    """
    snapshot = state.snapshots.get(name, fresh=True)
    return state.answers.get(
        request, ("table", name, form), (snapshot.version, snapshot.at), lambda: _table(state, snapshot, form)
    )


def _table(state: ServerState, snapshot: Snapshot, form: str) -> Response:
    tables, name = state.snapshots.tables(snapshot), snapshot.study.name
    try:
        tell_gaps(tables, state.settings.workspace, say=lambda _: None)
    except UserError as error:
        raise Problem(409, str(error)) from error
    frame = tables.trials()
    if form == "csv":
        return _file(frame.to_csv(index=False, lineterminator="\n"), TABLES[form], f"{name}.csv")
    if form == "parquet":
        return _file(parquet(frame), TABLES[form], f"{name}.parquet")
    return Response(frame.to_json(orient="records"), media_type=TABLES[form])


@router.get("/best", responses=_contents(EXPORTS), response_class=Response)
def best(
    request: Request,
    name: Name,
    state: State,
    form: Annotated[Literal["yaml", "json", "python"], Query(alias="format")] = "yaml",
    arm: Annotated[str | None, Query(pattern=r"^[a-z_]{1,16}$")] = None,
    trial: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
) -> Response:
    """Download the best config with its provenance, or the best of one method (rts, or a baseline such as sgd), or
    the config of one trial."""
    if arm is not None and trial is not None:
        raise Problem(422, f"trial: must not be given together with arm, which chooses a trial, but got {trial}")
    snapshot = state.snapshots.get(name, fresh=True)
    if trial is not None:
        _require_trial(name, trial, snapshot)
    key = "best", name, form, arm, trial
    version = snapshot.version, snapshot.at
    return state.answers.get(request, key, version, lambda: _best(state, snapshot, form, arm, trial))


def _best(state: ServerState, snapshot: Snapshot, form: Form, arm: str | None, trial: int | None) -> Response:
    current, tables, name = snapshot.current, state.snapshots.tables(snapshot), snapshot.study.name
    try:
        chosen = arm is not None or trial is not None
        verdict, outdated = (None, "") if chosen else (current.verdict, current.outdated)
        text = render(best_export(snapshot.study, tables, verdict, outdated, arm, trial), form)
    except UserError as error:
        raise Problem(409, str(error)) from error
    which = "best" if trial is None else f"trial-{trial}"
    return _file(text, EXPORTS[form], f"{name}-{which}.{'py' if form == 'python' else form}")


@router.get("/plan")
def plan(name: Name, state: State) -> dict[str, Any]:
    """Return the forecast that `plan` made for the sweep; after the sweep also its real costs."""
    found = read_plan(state.snapshots.get(name).paths)
    if found is None:
        raise Problem(404, f"{name}: has no forecast; nobody ran `rts-search plan` for this sweep")
    return found


@router.get("/report", responses=_contents({"html": "text/html"}), response_class=Response)
def report(request: Request, name: Name, state: State) -> Response:
    """Download the report of the sweep: one HTML file that works offline."""
    snapshot, workspace = state.snapshots.get(name, fresh=True), state.settings.workspace

    def made() -> Response:
        text = report_of(snapshot.study, snapshot.entries, snapshot.status(), snapshot.current, workspace)
        return _file(text, "text/html", f"{name}.html")

    shown = snapshot.paths.landscape_json, snapshot.paths.plan_json, snapshot.paths.environment
    version = snapshot.version, snapshot.at, *map(_written, shown)
    return state.answers.get(request, ("report", name), version, made)


def _written(file: Path) -> tuple[int, int]:
    """When a file was written last, in ns, and its size; zeros without one."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@router.get("/compare/{other}")
def compared(name: Name, other: OtherName, state: State) -> dict[str, Any]:
    """Compare two sweeps: their settings, their results at equal cost, and whether one is established as better."""
    for one in (name, other):
        state.snapshots.get(one)
    try:
        return compare([name, other], state.settings.workspace).to_dict()
    except UserError as error:
        raise Problem(409, str(error)) from error


@router.get("/sweep", responses=_contents({"yaml": "application/yaml"}), response_class=Response)
def sweep_file(name: Name, state: State) -> Response:
    """Download the sweep file that the service runs."""

    sweep = state.snapshots.get(name).study.sweep.to_dict()
    return _file(yaml_text(sweep), "application/yaml", f"{name}.yaml")


class FigureView(Answer):
    """A figure as Plotly JSON."""

    title: str
    caption: str
    """Describes in words what the figure shows."""
    data: list[dict[str, Any]]
    layout: dict[str, Any]


@router.get("/figures/{figure}", response_model=FigureView | None, responses=NUMBERS)
def figure(
    request: Request,
    name: Name,
    figure: FigureName,
    state: State,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Return a figure, or null when there is nothing to draw yet; or download its numbers as CSV."""
    if figure not in FIGURES:
        raise Problem(422, f"figure: must be one of {', '.join(FIGURES)}, but got {figure!r}")
    drawn = state.figures.figure(name, figure)
    if form == "json":
        return drawn.to(request)
    found = json.loads(drawn.text)
    if found is None:
        raise Problem(409, f"{figure}: has no numbers yet, since there is nothing to draw")
    return _file(numbers(found), "text/csv", f"{name}-{figure}.csv")


def _require_trial(name: str, number: int, snapshot: Snapshot) -> None:
    """Raises: Problem: the sweep has no trial of this number."""
    if number >= len(snapshot.entries):
        raise Problem(404, f"{name}: has {len(snapshot.entries)} trials, so there is no trial {number}")


def _file(content: str | bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
