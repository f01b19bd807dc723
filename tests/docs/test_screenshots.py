"""The screenshots of all pages."""

import re

from scripts.screenshots import EMPTY, FOLDER, FULL, LIVE
from scripts.shown.document import document, names

MOST_BYTES = 4_000_000
SHOTS = (*EMPTY, *LIVE, *FULL)


def test_the_document_shows_every_picture_and_there_are_no_others() -> None:
    text = (FOLDER.parent / "screenshots.md").read_text()
    assert text == document([(shot.name, shot.title) for shot in SHOTS], FOLDER), "run python scripts/screenshots.py"
    pictures = {file.name for file in FOLDER.iterdir()}
    assert set(re.findall(r"\(screenshots/([^)]+)\)", text)) == pictures
    assert pictures <= {file for shot in SHOTS for file in names(shot.name)}
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < MOST_BYTES
