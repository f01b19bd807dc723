"""Requests for what users write about a sweep: its note, its tags, and whether it is in the archive."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rts_search.server.access import VIEWER, Runner, State, audit
from rts_search.server.api.own_sweep import require_own
from rts_search.server.api.parameters import Name
from rts_search.server.problems import Problem
from rts_search.server.responses import Answer

router = APIRouter(prefix="/api/sweeps/{name}", tags=["notes"])


def _readable(text: str) -> str:
    """The text, without other signs than those that can be shown. Raises: ValueError."""
    if not all(sign.isprintable() or sign in "\n\t" for sign in text):
        raise ValueError("must have no control characters")
    return text


Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]


class NoteView(Answer):
    """What is written about a sweep."""

    text: str
    tags: list[str]
    archived: bool
    """Whether the list of sweeps leaves it out unless it is asked for."""


class NoteBody(BaseModel):
    """The changes of a note; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    text: Annotated[str, Field(max_length=4000), AfterValidator(_readable)] | None = None
    tags: Annotated[list[Tag], Field(max_length=12)] | None = None
    archived: bool | None = None


@router.get("/note", dependencies=[VIEWER])
def note(name: Name, state: State) -> NoteView:
    """Show what is written about a sweep."""
    identity = state.snapshots.get(name).study.identity
    return NoteView.model_validate(state.notes.now().of(name, identity).to_dict())


@router.patch("/note")
def write_note(request: Request, name: Name, who: Runner, state: State, body: NoteBody) -> NoteView:
    """Change the note or the tags of a sweep, or move it to the archive or back."""
    require_own(state, name, who)
    if name not in state.snapshots.versions():
        raise Problem(409, f"{name}: has not begun yet; write about it once it has")
    changes = body.model_dump(exclude_none=True)
    if "tags" in changes:
        changes["tags"] = sorted(set(changes["tags"]))
    written = state.notes.write(name, state.snapshots.get(name).study.identity, changes)
    audit(request, 200)
    return NoteView.model_validate(written.to_dict())
