"""The pictures of the documents show what today's code would draw, and the text beside them says what they show."""

import re
from pathlib import Path

import pytest

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.study.workspace import Workspace
from scripts.pictures import FOLDER, NAME, PICTURED, PICTURES, digest_of, digests, kept_sweep
from tests.docs.documents import DOCUMENTS, blocks, text_of


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return kept_sweep(tmp_path_factory.mktemp("kept"))


def test_the_pictures_show_what_todays_code_draws(workspace: Workspace, tmp_path: Path) -> None:
    carried = {name: digest_of(FOLDER / name) for name in PICTURES}
    workspaces = {NAME: workspace}
    for name in set(PICTURED) - {NAME}:
        (tmp_path / name).mkdir()
        workspaces[name] = kept_sweep(tmp_path / name, name)
    shown = digests(workspaces)
    assert carried == shown, "run python scripts/pictures.py"


def test_every_picture_of_the_documents_is_drawn_by_a_command() -> None:
    shown = {
        Path(target).name
        for document in DOCUMENTS
        for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text_of(document))
        if not target.startswith("screenshots/")  # of pages, which test_screenshots.py is about
    }
    assert shown == {*PICTURES, "learning.svg"}, "benchmarks/learning.py draws the last one"


def test_the_readme_tells_how_much_the_shown_sweep_has_saved(workspace: Workspace) -> None:
    entries = workspace.load(NAME).trials()
    charged, spent = sum(entry.epochs[-1].gradient_evaluations for entry in entries), sum(e.spent for e in entries)
    caption = re.sub(r"\s+", " ", text_of("README.md"))
    assert f"The {len(entries)} trials of the example" in caption
    assert f"This saved {100 * (1 - spent / charged):.0f} % of the work." in caption


@pytest.mark.parametrize("document", ["README.md", "docs/verdict.md"])
def test_the_verdict_in_the_documents_is_that_of_the_shown_sweep(document: str, workspace: Workspace) -> None:
    study = workspace.load(NAME)
    verdict = read_verdict(study, study.trials(), workspace.storage_url).verdict
    assert verdict is not None
    assert f"{verdict['sentence']}\n" in blocks(document, "text")
