"""A stranger who follows docs/tutorial.md with the digits as images gets what it says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rts_search.cli import app
from tests.docs.documents import blocks
from tests.docs.test_python import piece

TUTORIAL = "docs/tutorial.md"


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stranger's folder with the images and the sweep file."""
    monkeypatch.chdir(tmp_path)
    exec(piece("load_digits"), {})
    sweep, *_ = blocks(TUTORIAL, "yaml")
    Path("photos.yaml").write_text(sweep)
    return tmp_path


def test_check_says_what_the_tutorial_shows(photos: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(photos / "photos.yaml")])
    assert result.exit_code == 0
    assert result.output.splitlines()[0] in "".join(blocks(TUTORIAL, "text"))


def test_a_mistake_gives_the_line_that_the_tutorial_shows(photos: Path) -> None:
    file = photos / "photos.yaml"
    file.write_text(file.read_text().replace("epochs: 12", "epoch: 12"))
    result = CliRunner().invoke(app, ["check", "photos.yaml"])
    assert f"rts-search: {result.exception}\n" in blocks(TUTORIAL, "text")
