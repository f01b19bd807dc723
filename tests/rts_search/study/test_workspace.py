"""A command that a message prints finds the sweep again when it is pasted into a shell."""

import shlex
from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.cli.options import workspace_of
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept

ODD = "my results; it's $HOME"


def options_in(command: str) -> dict[str, str]:
    """The options of a command as a shell passes them on."""
    words = shlex.split(command)
    assert words[:3] in (["rts-search", "resume", "mine"], ["rts-search", "confirm", "mine"])
    return dict(zip(words[3::2], words[4::2], strict=True))


def test_odd_names_are_quoted_and_lead_back_to_the_same_place(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/a study; more.sqlite3"
    place = workspace_of(tmp_path / ODD, storage, "10.0.0.1:6379")
    options = options_in(place.command("resume", "mine"))
    assert (options["--results"], options["--address"]) == (str(tmp_path / ODD), "10.0.0.1:6379")
    again = workspace_of(Path(options["--results"]), options["--storage"], options["--address"])
    assert again == place


def test_a_command_that_only_reads_gets_no_options_of_training(tmp_path: Path) -> None:
    place = workspace_of(tmp_path, executor="inline")
    export = place.command("export", "mine", "-o best.yaml")
    assert export == f"rts-search export mine -o best.yaml --results {tmp_path}"
    assert place.command("resume", "mine").endswith(" --executor inline")


def test_a_command_that_only_reads_tells_how_the_sweep_goes_on_where_it_was_trained(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path))
    study = swept.sweep("mine")
    with study.driven():
        study.note_executor("inline")
    reading, training = workspace_of(tmp_path), workspace_of(tmp_path, executor="ray")
    assert reading.load("mine").judge == f"rts-search confirm mine --results {tmp_path} --executor inline"
    assert reading.going_on(reading.load("mine")).command("resume", "mine").endswith(" --executor inline")
    assert training.load("mine").go_on == f"rts-search resume mine --results {tmp_path}"


def test_an_address_of_the_environment_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    assert "--address" not in Workspace(Results(tmp_path), address="auto").command("resume", "mine")


def test_a_study_names_its_place_in_its_own_messages(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "my results"))
    swept.sweep("mine")
    place = Workspace(swept.results, executor="inline")
    study = place.load("mine")
    wanted = {"--results": str(tmp_path / "my results"), "--executor": "inline"}
    assert options_in(study.go_on) == wanted
    assert options_in(ConfirmationStudy.of(place.storage_url, study).go_on) == wanted
