"""The page with the form for a new sweep."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rts_search.basics.errors import UserError
from rts_search.server.api.new_name import taken_names
from rts_search.server.form.data_folders import data_folders
from rts_search.server.form.groups import FIELDS, GROUPS, NAME
from rts_search.server.form.shown import shown, used
from rts_search.server.form.starting_text import FIRST, free_name, named, shipped_text, text_of
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.problems import Problem
from rts_search.server.state import ServerState, state_of
from rts_search.sweep.sweep_file import shipped_sweeps
from rts_search.sweep.yaml_reader import parse_yaml
from trainables.core.models.catalogue import BUILT_IN, TORCHVISION, torchvision_classifiers

router = APIRouter(include_in_schema=False)


@router.get("/new")
def new(request: Request) -> HTMLResponse:
    """The form that writes a sweep file and launches it. With `?from=NAME` it begins with the file of that sweep."""
    identity, state = user_of(request, "runner"), state_of(request)
    origin, taken = request.query_params.get("from", ""), taken_names(state)
    sweeps = state.snapshots.names()
    roots = state.settings.data_roots
    text = beginning(state, origin, taken)
    values = shown(parse_yaml(text.encode(), origin))
    return page(
        "new.html",
        identity,
        name_field=NAME,
        groups=GROUPS,
        origin=origin,
        text=text,
        values=values,
        hidden={one.place for one in FIELDS if values[one.place] is None and not used(one, values)},
        shipped=shipped_sweeps(),
        roots=[str(root) for root in roots],
        suggestions={
            "folders": data_folders(roots),
            "models": [*BUILT_IN, *(TORCHVISION + one for one in torchvision_classifiers())],
            "sweeps": sweeps,
        },
    )


def beginning(state: ServerState, origin: str, taken: list[str]) -> str:
    """The text with which the form begins, with a name that no sweep has.

    origin: a sweep, or one of those that come with the package; empty for the first text.

    Raises: Problem: there is none of this name.
    """
    text = FIRST if not origin else launched_text(state, origin) or shipped_text(origin)
    if text is None:
        raise Problem(404, f"{origin}: there is no sweep of this name to begin with")
    return named(text, free_name(origin or "digits", taken))


def launched_text(state: ServerState, name: str) -> str | None:
    """The sweep file of a sweep: as it was sent to the service, or written from its study; None when there is none."""
    for job in state.jobs.of_sweep(name):
        if job.kind == "launch" and job.arguments.get("text"):
            return str(job.arguments["text"])
    if name not in state.snapshots.names():
        return None
    try:
        return text_of(state.snapshots.get(name).study.sweep)
    except UserError as error:
        raise Problem(409, str(error)) from error
