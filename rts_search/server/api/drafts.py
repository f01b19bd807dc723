"""A request of the form for a new sweep: it changes fields in a sweep file, and checks all of it."""

import re
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rts_search.basics.errors import UserError
from rts_search.server.access import Runner, State
from rts_search.server.api.new_name import require_new
from rts_search.server.api.planning import Checked, checked_view
from rts_search.server.api.sweep_body import SOURCE, trusted
from rts_search.server.form.changes import Raw, applied
from rts_search.server.form.mistakes import Mistake, mistakes_of
from rts_search.server.form.shown import shown
from rts_search.server.middleware.limits import MOST_BYTES
from rts_search.server.problems import Problem
from rts_search.server.state import ServerState
from rts_search.sweep.sweep import NAME_PATTERN, SweepFile
from rts_search.sweep.yaml_reader import parse_yaml

router = APIRouter(prefix="/api", tags=["planning"])
NAME = re.compile(NAME_PATTERN)


class DraftBody(BaseModel):
    """A sweep file that is being written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(max_length=MOST_BYTES // 4)]
    """The YAML text of the sweep file. It need not be valid. A letter has up to 4 bytes in a request."""
    changes: Annotated[dict[str, Raw], Field(max_length=200)] = {}
    """Fields to change in it: dotted place of the setting -> what was entered, as text, or as a list of names; null or
    an empty text removes the setting."""


class Draft(BaseModel):
    """The sweep file after the changes, and what is to be said of it."""

    text: str
    """The text in which nothing but the changed fields is another."""
    values: dict[str, Any] | None
    """Dotted place of each field of the form -> its value, null where it is left out; null when the text is no YAML."""
    mistakes: list[Mistake]
    """All that keeps the sweep from being launched; empty when it can be."""
    checked: Checked | None
    """What the sweep would be; null when it cannot be launched."""


@router.post("/drafts")
def draft(who: Runner, state: State, body: DraftBody) -> Draft:  # noqa: ARG001
    """Change fields in the text of a sweep file, and check the text. Nothing is stored.

    The request is answered with 200 as long as it can be read, however many mistakes the sweep file has.
    """
    try:
        text = applied(body.text, body.changes)
        values = parse_yaml(text.encode("utf-8", "replace"), SOURCE)
    except UserError as error:
        return Draft(text=body.text, values=None, mistakes=mistakes_of(error, body.text), checked=None)
    mistakes: list[Mistake] = []
    sweep: SweepFile | None = None
    try:
        sweep = trusted(values, state.settings)
    except UserError as error:
        mistakes = mistakes_of(error, text)
    told = _clash(state, values.get("name"))
    if told and not any(one.place == "name" for one in mistakes):
        mistakes.append(Mistake(place="name", text=told, line=None))
    valid = sweep is not None and not mistakes
    return Draft(
        text=text,
        values=shown(values),
        mistakes=mistakes,
        checked=checked_view(sweep) if valid and sweep is not None else None,
    )


def _clash(state: ServerState, name: Any) -> str:
    """Why a new sweep cannot have this name; empty when it can, and for what is no name at all."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return ""
    if any(not job.over for job in state.jobs.of_sweep(name)):
        return "a sweep of this name waits or runs; choose another name"
    try:
        require_new(state, name)
    except Problem as problem:
        return problem.message.removeprefix(f"{name}: ")
    return ""
