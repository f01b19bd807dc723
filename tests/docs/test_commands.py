"""Every command in the documents parses, and those that need neither training nor a cluster run."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.__main__ import MEASUREMENTS
from rts_search.basics.results_folder import Results
from rts_search.cli import app
from tests.docs.documents import DOCUMENTS, PAGES, ROOT, commands, own_commands, prose, text_of
from tests.rts_search.store.swept import Swept

ONLY_PARSED = {
    "launch": "trains",
    "resume": "trains",
    "init": "looks at the images of a folder; test_beginning.py runs it",
    "delete": "removes what the other examples need; test_listing.py runs it",
    "logs": "prints what a sweep in the background has written; test_watching.py runs it",
    "confirm": "trains",
    "train": "trains; the tutorial's is run by test_tutorial.py",
    "over": "trains; test_overing.py runs it",
    "tasks": "needs confirmed sweeps; test_tabulating.py runs it on kept ones",
    "plan": "starts Ray and measures; the tests of `plan` do that",
    "simulate": "plays 200 sweeps; the tests of `simulate` play fewer",
    "serve": "serves until it is stopped; the tests of the server do that",
    "landscape": "measures around real weights; the tests of `landscape` do that",
    "check": "reads the data that a file names; test_yaml.py checks the files",
    "stop": "stops a sweep that runs; the tests of `stop` do that",
}
"""Command -> why its examples are not run here."""
OTHER_PROGRAMS = ("python3", "python", ".", "pip", "pytest", "ray", "export", "pre-commit", "scripts/check", ".ci/run")
OPTIONS_OF_SCRIPTS = {"--launch", "--minutes", "--out", "--parts", "--images", "--curve", "--fix", "--durations"}


def names() -> dict[str, Any]:
    return typer.main.get_command(app).commands  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("words", own_commands(), ids=" ".join)
def test_a_command_of_the_documents_parses(words: tuple[str, ...]) -> None:
    command, rest = names()[words[0]], list(words[1:])
    if hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    command.make_context(words[0], rest)


def test_the_documents_show_every_command() -> None:
    assert {words[0] for words in own_commands()} == set(names())


def test_every_other_program_of_the_documents_is_known() -> None:
    found = {words[0] for document in DOCUMENTS for words in commands(document)}
    assert found == {"rts-search", *OTHER_PROGRAMS}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ended sweeps that the documents name."""
    folder = tmp_path_factory.mktemp("documents")
    swept = Swept(Results(folder / "results"))
    for name in ("digits", "other", "mine", "photos", "longer"):
        study = swept.sweep(name)
        for _ in range(study.total):
            swept.train(study, records=True)
    return folder


RUN = [words for words in own_commands() if words[0] not in ONLY_PARSED and "--png" not in words]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    # `models` builds every model, which takes many seconds; test_models.py runs it for some.
    [pytest.param(words, id=" ".join(words), marks=[pytest.mark.campaign] * (words[0] == "models")) for words in RUN],
)
def test_a_command_that_only_reads_runs(
    words: tuple[str, ...], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    if words[:2] == ("token", "revoke"):
        CliRunner().invoke(app, ["token", "create", words[2], "--role", "viewer"])
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output or repr(result.exception)
    assert result.output


OF_ALL_COMMANDS = {"--help", "--install-completion", "--version"}


def test_an_option_that_the_documents_name_exists() -> None:
    commands_of = [command for one in names().values() for command in getattr(one, "commands", {"": one}).values()]
    known = {name for command in commands_of for option in command.params for name in option.opts}
    for document in DOCUMENTS:
        for option in re.findall(r"`(--[a-z][a-z-]+)", prose(document)):
            assert option in known | OPTIONS_OF_SCRIPTS | OF_ALL_COMMANDS, (document, option)


def test_a_measurement_that_the_documents_name_exists() -> None:
    for document in DOCUMENTS:
        for named in re.findall(r"python -m benchmarks ([a-z |\s]+)", text_of(document)):
            for name in named.split("|"):
                assert name.split()[0] in MEASUREMENTS, (document, named)


def test_the_documents_name_every_measurement() -> None:
    text = "".join(map(text_of, PAGES))
    assert not [name for name in MEASUREMENTS if f"python -m benchmarks {name}" not in text]


def test_an_extra_that_the_documents_name_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for document in DOCUMENTS:
        for extras in re.findall(r"pip install (?:-e )?'(?:rts-search|\.)\[(.+?)\]'", text_of(document)):
            assert set(extras.split(",")) <= set(project["optional-dependencies"]), (document, extras)


def test_an_environment_variable_that_the_documents_name_is_read() -> None:
    sources = "".join(path.read_text() for room in ("rts_search", "trainables") for path in (ROOT / room).rglob("*.py"))
    for document in PAGES:
        for name in re.findall(r"RTS_SEARCH_[A-Z_]+", text_of(document)):
            assert f'"{name}"' in sources, (document, name)
