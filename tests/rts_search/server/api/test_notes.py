"""Requests for the note, the tags and the archive of a sweep."""

import shutil
from pathlib import Path

import pytest

from tests.rts_search.server.held import SWEEP, Held, hold

NOTE = f"{SWEEP}/note"


@pytest.fixture
def own(trained: Path, tmp_path: Path) -> Held:
    """The application on a copy of the trained sweep, which this test alone changes."""
    shutil.copytree(trained, tmp_path / "results")
    return hold(tmp_path / "results", tmp_path)


def test_a_note_is_written_by_parts(own: Held) -> None:
    root = own.client("root")
    assert root.get(NOTE).json() == {"text": "", "tags": [], "archived": False}
    assert root.patch(NOTE, json={"text": "Good\nstart", "tags": ["b", "a", "b"]}).status_code == 200
    assert root.patch(NOTE, json={"archived": True}).json() == {
        **{"text": "Good\nstart", "tags": ["a", "b"], "archived": True}
    }
    assert own.client("vera").get(NOTE).json()["tags"] == ["a", "b"]


@pytest.mark.parametrize(
    "body",
    [{"tags": ["a b"]}, {"tags": ["<b>"]}, {"tags": ["x"] * 13}, {"text": "\x00"}, {"text": "x" * 4001}, {"no": 1}],
)
def test_what_cannot_be_shown_is_refused(held: Held, body: dict[str, object]) -> None:
    assert held.client("root").patch(NOTE, json=body).status_code == 422
    assert held.client("root").get(NOTE).json()["text"] == ""
