"""Take screenshots of every page: python scripts/screenshots.py [--sweeps FOLDER] [--only NAME].

They show the service with nothing, and with sweeps in every state: a confirmed one whose study is kept, one of 10,000
trials, and real ones that run, wait, have failed or were killed. FOLDER keeps these sweeps for the next time; without
it they are made again, which takes some minutes. Needs Chromium. The pictures go to docs/screenshots,
and docs/screenshots.md shows them.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.shown.document import document
from scripts.shown.pages import Shot, take
from scripts.shown.service import serving
from scripts.shown.sweeps import CONFIRMED, CUT_OFF, FAILED, MANY, QUEUED, RUNNING, SMALL, prepare, queue, running

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
EMPTY = [Shot("empty", "The list before the first sweep", "/"), Shot("login", "The login", "/login")]
FULL = [
    Shot("finished", "A finished sweep that is not confirmed", f"/sweeps/{SMALL}", "Shared epochs"),
    Shot("confirmed", "A confirmed sweep", f"/sweeps/{CONFIRMED}"),
    Shot("many", "A sweep of 10,000 trials", f"/sweeps/{MANY}"),
    Shot("interrupted", "A sweep whose driver was killed", f"/sweeps/{CUT_OFF}"),
    Shot("failed", "A sweep that failed: one of its images cannot be read", f"/sweeps/{FAILED}"),
    Shot("queued", "A sweep that waits for its turn", f"/sweeps/{QUEUED}"),
    Shot("trial", "One trial", f"/sweeps/{SMALL}/trials/8"),
    Shot("trial-baseline", "A baseline whose records are no longer in the store", f"/sweeps/{CONFIRMED}/trials/0"),
    Shot("compare", "Two sweeps compared", f"/compare?sweep={SMALL}&sweep={CUT_OFF}"),
    Shot("new", "The form for a new sweep", "/new"),
    Shot("audit", "The audit log", "/audit"),
    Shot("api", "The API", "/docs"),
    Shot("not-found", "A page that does not exist", "/sweeps/nobody"),
    Shot("optuna", "Optuna's dashboard", "/dashboard"),
]
LIVE = [
    Shot("list", "The list: one sweep runs, one waits, others have ended", "/"),
    Shot("list-found", "The list, searched and sorted", "/?words=digits&sort=best&falling=yes"),
    Shot("running", "A sweep that runs", f"/sweeps/{RUNNING}"),
]
"""Taken while a sweep trains."""


def show(browser: Browser, address: str, shots: Iterable[Shot]) -> None:
    """Take the pictures, and print the size of each."""
    for file in take(browser, address, list(shots), FOLDER):
        print(f"{file.name}: {file.stat().st_size / 1000:.0f} KB", flush=True)


def main(sweeps: Path | None, only: list[str]) -> None:
    """Take all pictures, or those of the named pages."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("scripts/screenshots.py: needs Chromium: apt install chromium")
    FOLDER.mkdir(exist_ok=True)
    empty, full, live = ([shot for shot in shots if not only or shot.name in only] for shots in (EMPTY, FULL, LIVE))
    with tempfile.TemporaryDirectory() as made:
        folder = sweeps or Path(made)
        workspace = prepare(folder)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            with serving(folder / "nothing") as (address, _):
                show(browser, address, empty)
            with serving(folder) as (address, state):
                queue(address, state, folder)
                show(browser, address, full)
                with running(workspace, folder):
                    show(browser, address, live)
            browser.close()
    pages = [(shot.name, shot.title) for shot in (*EMPTY, *LIVE, *FULL)]
    (FOLDER.parent / "screenshots.md").write_text(document(pages, FOLDER))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=Path, metavar="FOLDER", help="keep the sweeps here")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="take only the pictures of these pages")
    given = parser.parse_args()
    main(given.sweeps, given.only)
