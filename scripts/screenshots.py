"""Take screenshots of every page: python scripts/screenshots.py [--sweeps FOLDER] [--only NAME].

They show the service with nothing, and with sweeps in every state: a confirmed one whose study is kept, one of 10,000
trials, and real ones that run, wait, have failed or were killed. FOLDER keeps these sweeps for the next time; without
it they are made again, which takes some minutes. Needs Chromium. The pictures go to docs/screenshots.
"""

import argparse
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.shown.pages import Shot, take
from scripts.shown.sweeps import (
    CONFIRMED,
    FAILED,
    INTERRUPTED,
    MANY,
    QUEUED,
    RUNNING,
    SMALL,
    command,
    launched,
    prepare,
)

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
EMPTY = [Shot("empty", "/"), Shot("login", "/login"), Shot("empty-compare", "/compare")]
FULL = [
    Shot("list", "/"),
    Shot("list-found", "/?words=digits&sort=best&falling=yes"),
    Shot("finished", f"/sweeps/{SMALL}", "Shared epochs"),
    Shot("confirmed", f"/sweeps/{CONFIRMED}"),
    Shot("many", f"/sweeps/{MANY}"),
    Shot("running", f"/sweeps/{RUNNING}"),
    Shot("queued", f"/sweeps/{QUEUED}"),
    Shot("interrupted", f"/sweeps/{INTERRUPTED}"),
    Shot("failed", f"/sweeps/{FAILED}"),
    Shot("trial", f"/sweeps/{SMALL}/trials/8"),
    Shot("trial-baseline", f"/sweeps/{CONFIRMED}/trials/0"),
    Shot("compare", f"/compare?first={CONFIRMED}&second={SMALL}"),
    Shot("new", "/new"),
    Shot("audit", "/audit"),
    Shot("api", "/docs"),
    Shot("not-found", "/sweeps/nobody"),
    Shot("optuna", "/dashboard"),
]
WAIT_SECONDS = 300


@contextlib.contextmanager
def service(folder: Path, *more: str) -> Iterator[str]:
    """Run a service on the results in a folder inside a `with` block. Yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = command(folder, "serve", "--port", str(port), "--rate", "1000000", *more)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            deadline = time.monotonic() + WAIT_SECONDS
            while not _answers(address):
                assert process.poll() is None, "the service has ended"
                assert time.monotonic() < deadline, "the service does not answer"
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{address}/healthz").status_code == 200
    return False


@contextlib.contextmanager
def busy(client: httpx.Client, folder: Path) -> Iterator[None]:
    """Inside, one sweep has failed, one runs and has results, and one waits for it."""
    known = {one["sweep"]: one["state"] for one in client.get("/api/sweeps").json()}
    if FAILED not in known:
        _launch(client, launched(FAILED, folder))
        _wait(client, FAILED, lambda found: found["state"] == "failed")
    for name in (RUNNING, QUEUED):
        if name in known:
            client.post(f"/api/sweeps/{name}/resume").raise_for_status()
        else:
            _launch(client, launched(name, folder, epochs=40, trials=200))
    _wait(client, RUNNING, lambda found: found["state"] == "running" and found["completed"] > 3 and found["running"])
    try:
        yield
    finally:
        for name in (QUEUED, RUNNING):
            client.post(f"/api/sweeps/{name}/stop")
        _wait(client, RUNNING, lambda found: found["state"] not in ("running", "stopping"))


def _launch(client: httpx.Client, text: str) -> None:
    answer = client.post("/api/sweeps", content=text, headers={"Content-Type": "application/yaml"})
    assert answer.status_code == 202, answer.text


def _wait(client: httpx.Client, name: str, fulfilled: object) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not fulfilled(found := client.get(f"/api/sweeps/{name}").json()):  # type: ignore[operator]
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def main(sweeps: Path | None, only: str | None) -> None:
    """Take the pictures, and print the size of each."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("scripts/screenshots.py: needs Chromium: apt install chromium")
    FOLDER.mkdir(exist_ok=True)
    empty, full = ([shot for shot in shots if only in (None, shot.name)] for shots in (EMPTY, FULL))
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        folder = sweeps or Path(made)
        if full:
            prepare(folder)
        (Path(made) / "nothing" / "results").mkdir(parents=True)
        if empty:
            with service(Path(made) / "nothing") as address:
                _show(take(browser, address, empty, FOLDER))
        if full:
            options = ("--data-root", str(folder / "data"), "--max-sweeps", "1")
            with (
                service(folder, *options) as address,
                httpx.Client(base_url=address, timeout=120) as client,
                busy(client, folder),
            ):
                _show(take(browser, address, full, FOLDER))
        browser.close()


def _show(files: Iterator[Path]) -> None:
    for file in files:
        print(f"{file.name}: {file.stat().st_size / 1000:.0f} KB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=Path, metavar="FOLDER", help="keep the sweeps here")
    parser.add_argument("--only", metavar="NAME", help="take only the pictures of this page")
    given = parser.parse_args()
    main(given.sweeps, given.only)
