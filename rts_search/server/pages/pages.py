"""The pages: rendered here, kept up to date by a few lines of script."""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from rts_search.analysis.confirmation.forecast import scope
from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.report.comparison import compare, shown
from rts_search.analysis.report.leaderboard import leaders
from rts_search.analysis.report.rendering import embedded
from rts_search.server.access import COOKIE, client_of, identify, require_own_page
from rts_search.server.api.sweeps import Name
from rts_search.server.database.audit import latest, record
from rts_search.server.database.tokens import SESSION_SECONDS, Identity, begin_session, end_session
from rts_search.server.problems import Problem
from rts_search.server.responses import all_summaries, summary_of
from rts_search.server.state import ServerState, state_of
from rts_search.sweep.sections import SearchConfig
from search_spaces.ready_made import READY_MADE
from trainables.core.data.registry import DATASETS
from trainables.core.models.catalogue import BUILT_IN

PLOTLY = "plotly.min.js"
ASSETS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)
_loader = ChoiceLoader([PackageLoader("rts_search.server"), PackageLoader("rts_search.analysis.report")])
_templates = Environment(loader=_loader, autoescape=True, undefined=StrictUndefined)
_templates.globals["embedded"] = embedded


class LoginNeeded(Exception):
    """A page that nobody may see who has not logged in."""


@router.get("/")
def sweeps(request: Request) -> HTMLResponse:
    """The list of sweeps."""
    identity, state = _come_in(request)
    return _page("sweeps.html", identity, sweeps=all_summaries(state.catalogue, state.jobs))


@router.get("/compare")
def compared(request: Request, first: str = "", second: str = "") -> HTMLResponse:
    """Two sweeps side by side."""
    identity, state = _come_in(request)
    names = state.catalogue.names()
    known = first in names and second in names and first != second
    found = compare(first, second, state.settings.workspace) if known else None
    drawn = found.figure() if found else None
    return _page(
        "compare_page.html", identity, names=names, chosen=(first, second), compared=found, shown=shown, figure=drawn
    )


@router.get("/part/sweeps")
def part_sweeps(request: Request) -> HTMLResponse:
    """The table of all sweeps alone."""
    identity, state = _come_in(request)
    return _page("part_sweeps.html", identity, sweeps=all_summaries(state.catalogue, state.jobs))


@router.get("/sweeps/{name}")
def sweep(request: Request, name: Name) -> HTMLResponse:
    """One sweep, live."""
    identity, state = _come_in(request)
    told = _told(state, name)
    mine = identity.may("admin") or (identity.may("runner") and state.jobs.owner(name) == identity.name)
    return _page("sweep.html", identity, mine=mine, figures=list(FIGURES), **told)


@router.get("/part/sweeps/{name}")
def part_sweep(request: Request, name: Name) -> HTMLResponse:
    """What changes of one sweep."""
    identity, state = _come_in(request)
    return _page("part_sweep.html", identity, **_told(state, name))


@router.get("/new")
def new(request: Request) -> HTMLResponse:
    """The form that writes a sweep file."""
    identity, _ = _come_in(request)
    if not identity.may("runner"):
        raise Problem(403, f"{identity.name} has the role {identity.role}, and this needs runner")
    samplers = SearchConfig.model_fields["sampler"].annotation.__args__  # type: ignore[union-attr]
    return _page(
        "new.html", identity, datasets=list(DATASETS), models=list(BUILT_IN), spaces=list(READY_MADE), samplers=samplers
    )


@router.get("/audit")
def audit_log(request: Request) -> HTMLResponse:
    """Who did what."""
    identity, state = _come_in(request)
    if not identity.may("admin"):
        raise Problem(403, f"{identity.name} has the role {identity.role}, and this needs admin")
    deeds = [
        {**deed.to_dict(), "when": datetime.fromtimestamp(deed.time, UTC).strftime("%Y-%m-%d %H:%M:%S")}
        for deed in latest(state.database)
    ]
    return _page("audit.html", identity, deeds=deeds)


@router.get("/login")
def login_page(next: str = "/") -> HTMLResponse:
    """The form for a token."""
    return _page("login.html", None, next=_own_path(next), error="")


@router.post("/login")
async def login(request: Request) -> Response:
    """Begin a browser's session. Raises: Problem for another site's page."""
    require_own_page(request, must_tell=False)
    state = state_of(request)
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    target = _own_path(form.get("next", ["/"])[0])
    wait = state.logins.take(client_of(request))
    if wait:
        raise Problem(429, "too many attempts to log in; wait a minute", {"Retry-After": str(int(wait) + 1)})
    cookie = begin_session(state.database, form.get("token", [""])[0].strip())
    record(state.database, "", "", client_of(request), "log in", "", 200 if cookie else 401)
    if cookie is None:
        page = _page("login.html", None, next=target, error="This token is not known.")
        page.status_code = 401
        return page
    answer = RedirectResponse(target, 303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SESSION_SECONDS),
        httponly=True,
        samesite="strict",
        secure=state.settings.behind_https,
    )
    return answer


@router.post("/logout")
def logout(request: Request) -> Response:
    """End a browser's session."""
    require_own_page(request, must_tell=True)
    cookie = request.cookies.get(COOKIE)
    if cookie:
        end_session(state_of(request).database, cookie)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/assets/{file}")
def asset(file: str) -> Response:
    """Styles and scripts; Plotly's comes with its Python package."""
    found = _assets().get(file)
    if found is None:
        raise Problem(404, "there is no such file")
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(found.read_bytes(), media_type=ASSETS[file.rpartition(".")[2]], headers=headers)


@cache
def _assets() -> dict[str, Any]:
    folders = (files("rts_search.server") / "assets", files("rts_search.analysis.report") / "assets")
    found = {one.name: one for folder in folders for one in folder.iterdir()}
    return {**found, PLOTLY: files("plotly") / "package_data" / PLOTLY}


def to_login(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Where somebody goes who has not logged in."""
    return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)


def problem_page(status: int, error: str) -> HTMLResponse:
    """A refusal for people."""
    page = _page("problem.html", None, status=status, error=error)
    page.status_code = status
    return page


def _come_in(request: Request) -> tuple[Identity, ServerState]:
    identity = identify(request)
    if identity is None:
        raise LoginNeeded
    request.state.identity = identity
    return identity, state_of(request)


def _told(state: ServerState, name: str) -> dict[str, Any]:
    """All that the page of a sweep shows besides its figures."""
    summary = summary_of(name, state.catalogue, state.jobs.latest().get(name))
    told: dict[str, Any] = {"summary": summary, "leaders": [], "rule": "", "log": "", "searched": 1, "scope": None}
    if summary.trials:
        snapshot = state.catalogue.snapshot(name)
        view = SweepView.of(snapshot.study, snapshot.entries)
        told |= {"leaders": leaders(view), "rule": view.rule, "searched": snapshot.study.sweep.num_trials}
        told["scope"] = scope(snapshot.study.sweep)
    return told


def _page(template: str, identity: Identity | None, **values: Any) -> HTMLResponse:
    return HTMLResponse(_templates.get_template(template).render(identity=identity, **values))


def _own_path(path: str) -> str:
    """A path of this service; everything else leads to the list."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    return path if own else "/"
