"""The sweeps that the screenshots show: one that was kept, one of 10,000 trials, and real ones in every state."""

import contextlib
import io
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from PIL import Image

from benchmarks.many_trials import Copies
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.cli import main
from rts_search.operations.stop import delete
from rts_search.server.state import ServerState
from rts_search.study.workspace import Workspace
from scripts.pictures import kept_sweep

CONFIRMED, MANY, SMALL, CUT_OFF, FAILED, QUEUED, RUNNING = (
    *("digits", "many", "digits-small", "digits-cut-off", "photographs", "digits-next", "digits-more"),
)
MANY_TRIALS = 10_000
PLAIN = """
name: {name}
dataset: {{name: digits, num_train: 1024}}
model: small
training: {{epochs: 8, batch_size: 32, lr: 5e-2}}
space: rts
search: {{trials: 12}}
baselines: [sgd, pugd]
resources: {{max_concurrent_trials: 1}}
"""
BROKEN = """
name: {name}
dataset: {{name: imagefolder, root: {root}, image_size: 16}}
model: small
training: {{epochs: 4, batch_size: 8, lr: 5e-2}}
space: radius
search: {{trials: 6}}
baselines: [sgd]
"""
COLOURS = {"blue": (40, 80, 160), "red": (170, 60, 40)}
IMAGES = 24
"""Of each class and part."""
ENDED = 4
"""Trials after which the driver of one sweep is killed."""
YAML = {"Content-Type": "application/yaml"}


def prepare(folder: Path) -> Workspace:
    """Make the sweeps that are not there yet. `folder`: empty, or what an earlier call has made."""
    results = folder / "results"
    if not results.exists():
        results.mkdir(parents=True)
        kept_sweep(results)
    workspace = Workspace(Results(results))
    for name, make in ((MANY, _many), (SMALL, _small), (CUT_OFF, _cut_off), (FAILED, _failed)):
        if not (results / name).exists():
            make(workspace, folder)
            (results / name).mkdir(exist_ok=True)
    return workspace


def queue(address: str, state: ServerState, folder: Path) -> None:
    """Let one sweep wait in the queue of the service, and let another one have failed as its driver did."""
    known = {one["sweep"] for one in httpx.get(f"{address}/api/sweeps", timeout=120).json()}
    for name, text in ((FAILED, _broken(folder)), (QUEUED, PLAIN.format(name=QUEUED))):
        if name not in known:
            httpx.post(f"{address}/api/sweeps", content=text, headers=YAML, timeout=120).raise_for_status()
    (job,) = state.jobs.of_sweep(FAILED)
    if not job.over and (claimed := state.jobs.claim(job, "screenshots")) is not None:
        said = (folder / "failed.log").read_text().splitlines()
        state.jobs.end(claimed, "failed", said[-1].removeprefix("rts-search: "))


@contextlib.contextmanager
def running(workspace: Workspace, folder: Path) -> Iterator[None]:
    """A sweep that trains inside the `with` block, with some trials ended, and is deleted afterwards."""
    more = PLAIN.format(name=RUNNING).replace("epochs: 8", "epochs: 24").replace("trials: 12", "trials: 60")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(_command(folder, RUNNING, more), **quiet) as driver:
        while driver.poll() is None and _ended(workspace, RUNNING) < ENDED:
            time.sleep(0.5)
        try:
            yield
        finally:
            driver.terminate()
    delete(RUNNING, workspace)


def _many(workspace: Workspace, _: Path) -> None:
    Copies(workspace.results).write(MANY, MANY_TRIALS)


def _small(_: Workspace, folder: Path) -> None:
    subprocess.run(_command(folder, SMALL, PLAIN.format(name=SMALL)), check=True, capture_output=True)


def _cut_off(workspace: Workspace, folder: Path) -> None:
    """A sweep whose driver is killed in the middle."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    text = PLAIN.format(name=CUT_OFF).replace("batch_size: 32", "batch_size: 16")
    with subprocess.Popen(_command(folder, CUT_OFF, text), **quiet) as driver:
        while driver.poll() is None and _ended(workspace, CUT_OFF) < ENDED:
            time.sleep(0.5)
        driver.kill()


def _failed(_: Workspace, folder: Path) -> None:
    """What a driver says about a folder with an image that is none."""
    said = io.StringIO()
    sys.argv = _command(folder, FAILED, _broken(folder))[2:]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
        main()
    (folder / "failed.log").write_text(said.getvalue())


def _command(folder: Path, name: str, text: str) -> list[str]:
    """The command that launches a sweep file with this text."""
    file = folder / f"{name}.yaml"
    file.write_text(text)
    words = ("launch", str(file), "--executor", "inline", "--results", str(folder / "results"))
    return [sys.executable, "-m", "rts_search.cli", *words]


def _ended(workspace: Workspace, name: str) -> int:
    """Trials of a sweep that have ended; 0 before there is a study."""
    with contextlib.suppress(UserError):
        return sum(entry.state != "RUNNING" for entry in workspace.load(name).trials())
    return 0


def _broken(folder: Path) -> str:
    """The sweep file over a folder of small images, one of which is none."""
    root = folder / "data"
    for part in ("train", "test"):
        for name, colour in COLOURS.items():
            place = root / part / name
            place.mkdir(parents=True, exist_ok=True)
            for number in range(IMAGES):
                shade = tuple(min(255, value + 3 * number) for value in colour)
                Image.new("RGB", (16, 16), shade).save(place / f"{number:02d}.png")
    (root / "train" / "red" / "07.png").write_bytes(b"this is no image")
    return BROKEN.format(name=FAILED, root=root)
