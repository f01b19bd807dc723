"""Notes of sweeps in the database."""

from pathlib import Path

from rts_search.basics.results_folder import Results
from rts_search.server.database.connection import Database
from rts_search.server.database.notes import Note, Notes
from rts_search.study.workspace import Workspace


def test_a_change_leaves_the_other_fields_and_a_new_sweep_of_the_name_has_no_note(tmp_path: Path) -> None:
    workspace = Workspace(Results(tmp_path / "results"))
    workspace.results.require_space()
    notes = Notes(Database(workspace.storage_url))
    assert notes.now().of("mine", "first") == Note()
    notes.write("mine", "first", {"text": "good", "tags": ["a"]})
    assert notes.write("mine", "first", {"archived": True}) == Note("good", ("a",), True)
    assert notes.now().of("mine", "first") == Note("good", ("a",), True)
    assert notes.now().of("mine", "second") == Note()
    assert notes.write("mine", "second", {"tags": ["b"]}) == Note("", ("b",), False)
    notes.forget("mine")
    assert notes.now().of("mine", "second") == Note()
