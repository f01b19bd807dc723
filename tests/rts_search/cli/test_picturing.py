"""Every command that shows tables writes them as pictures, too."""

import lzma

import pytest
import typer

from rts_search.cli.command_line import app
from scripts.pictures import FAIR, kept_study
from tests.rts_search.conftest import CommandLine

COMMANDS = ["advise", "compare", "costs", "landscape", "over", "report", "stability", "table", "tasks"]


def test_the_same_option_everywhere() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    found = {name: option for name, one in commands.items() for option in one.params if option.name == "png"}
    assert sorted(found) == COMMANDS
    assert {option.help for option in found.values()} == {"Also write each table and figure as a PNG into this folder."}


@pytest.mark.slow
@pytest.mark.browser
def test_each_table_of_a_command_is_a_file_of_its_own(cli: CommandLine) -> None:
    cli.results.mkdir(parents=True)
    (cli.results / "studies.sqlite3").write_bytes(lzma.decompress(kept_study(FAIR).read_bytes()))
    folder = cli.results / "pictures"
    told = cli.run("table", FAIR, "--png", str(folder), code=2)
    assert sorted(file.name for file in folder.iterdir()) == [f"{FAIR}-table-2.png", f"{FAIR}-table.png"]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in folder.iterdir())
    assert str(folder / f"{FAIR}-table.png") in told.stdout
