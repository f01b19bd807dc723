"""Every piece of a sweep file in the documents is valid, and every setting that they name exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from rts_search.sweep.over import load_over
from rts_search.sweep.sweep_file import load_sweep, sweep_schema
from tests.docs.documents import DOCUMENTS, PAGES, ROOT, blocks, prose

PIECES = [(document, block) for document in PAGES for block in blocks(document, "yaml")]
SECTIONS = (
    "dataset",
    "model",
    "training",
    "search",
    "budget",
    "scheduler",
    "resources",
    "objective",
    "store",
    "confirm",
)

SCHEMA = sweep_schema()
FILES = {"confirm.md", "confirm.csv"}


def ids(pieces: list[tuple[str, str]]) -> list[str]:
    return [f"{document}: {block.splitlines()[0]}" for document, block in pieces]


def completed(piece: dict[str, Any]) -> dict[str, Any]:
    """A whole sweep file: the piece in place of what digits.yaml has, section by section, with a GPU for each trial."""
    whole: dict[str, Any] = yaml.safe_load((ROOT / "search_spaces/sweeps/digits.yaml").read_text())
    if "dataset" in piece and "search" in piece:
        return piece
    whole["resources"] = {"gpus_per_trial": 1}
    for name, value in piece.items():
        old = whole.get(name)
        whole[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    space = piece.get("space")
    drawn = space.get("training", {}) if isinstance(space, dict) else {}
    whole["training"] = {name: value for name, value in whole["training"].items() if name not in drawn}
    return {**whole, **{name: piece[name] for name in ("dataset", "space") if name in piece}}


@pytest.mark.parametrize(("document", "block"), PIECES, ids=ids(PIECES))
def test_a_piece_of_a_sweep_file_is_valid(
    document: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del document
    monkeypatch.chdir(tmp_path)
    for folder in ("train/ant", "train/bee", "test/ant", "test/bee"):
        place = Path("photos", folder)
        place.mkdir(parents=True)
        Image.new("RGB", (32, 32)).save(place / "1.png")
    piece = yaml.safe_load(block)
    Path("mine.yaml").write_text(yaml.safe_dump(completed(piece)))
    if "over" in piece:
        assert len(load_over("mine.yaml", to_run=False)) > 1
    else:
        assert load_sweep("mine.yaml", to_run=False).name == "mine"


def test_the_sweep_file_of_the_readme_is_complete_and_short() -> None:
    (block,) = blocks("README.md", "yaml")
    lines = [line for line in block.splitlines() if not line.startswith("#")]
    assert len(lines) <= 10
    assert {"dataset", "model", "training", "space", "search"} <= set(yaml.safe_load(block))


def exists(place: str) -> bool:
    """Whether a sweep file has a setting of this dotted name."""
    schema = SCHEMA
    level: Any = schema
    for name in place.split("."):
        if name not in level.get("properties", {}):
            return False
        found = level["properties"][name]
        for form in (found, *found.get("anyOf", ())):
            reference = form.get("$ref", "").rpartition("/")[2]
            level = schema["$defs"][reference] if reference else level
    return True


@pytest.mark.slow
def test_a_setting_that_the_documents_name_exists() -> None:
    named = re.compile(rf"`((?:{'|'.join(SECTIONS)})\.[A-Za-z_0-9.]+)")
    found = {place for document in DOCUMENTS for place in named.findall(prose(document))} - FILES
    assert len(found) > 10
    assert not [place for place in found if not exists(place)]
