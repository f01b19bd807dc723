"""The sweeps that the screenshots show: one that was kept, one of 10,000 trials, and real ones in every state."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.study.workspace import Workspace
from scripts.pictures import kept_sweep
from scripts.shown.many import write_many

CONFIRMED, MANY, SMALL, INTERRUPTED, RUNNING, FAILED, QUEUED = (
    *("digits", "many", "digits-small", "digits-cut-off", "digits-long", "photographs", "digits-next"),
)
PLAIN = """
name: {name}
dataset: {{name: digits, num_train: 1024}}
model: small
training: {{epochs: {epochs}, batch_size: 32, lr: 5e-2}}
space: rts
search: {{trials: {trials}}}
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


def prepare(folder: Path) -> Workspace:
    """Make the sweeps that are not there yet. `folder`: empty, or what an earlier call has made."""
    results = folder / "results"
    if not results.exists():
        results.mkdir(parents=True)
        kept_sweep(results)
    workspace = Workspace(Results(results))
    made = (results / MANY, results / SMALL, results / INTERRUPTED)
    for place, make in zip(made, (_many, _small, _interrupted), strict=True):
        if not place.exists():
            make(workspace, folder)
            place.mkdir(exist_ok=True)
    return workspace


def launched(name: str, folder: Path, epochs: int = 8, trials: int = 12) -> str:
    """The sweep file of a sweep that the service launches."""
    if name != FAILED:
        return PLAIN.format(name=name, epochs=epochs, trials=trials)
    return BROKEN.format(name=name, root=_photographs(folder))


def command(folder: Path, *words: str) -> list[str]:
    """A command of rts-search on the results in the folder."""
    return [sys.executable, "-m", "rts_search.cli", *words, "--results", str(folder / "results")]


def _many(workspace: Workspace, _: Path) -> None:
    write_many(workspace, MANY)


def _small(_: Workspace, folder: Path) -> None:
    file = folder / f"{SMALL}.yaml"
    file.write_text(launched(SMALL, folder))
    subprocess.run(command(folder, "launch", str(file), "--executor", "inline"), check=True, capture_output=True)


def _interrupted(workspace: Workspace, folder: Path) -> None:
    """A sweep whose driver is killed after four trials."""
    file = folder / f"{INTERRUPTED}.yaml"
    file.write_text(launched(INTERRUPTED, folder))
    with subprocess.Popen(
        command(folder, "launch", str(file), "--executor", "inline"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as driver:
        while driver.poll() is None and _ended(workspace, INTERRUPTED) < 4:
            time.sleep(0.5)
        driver.kill()


def _ended(workspace: Workspace, name: str) -> int:
    """Trials of a sweep that have ended; 0 before there is a study."""
    with contextlib.suppress(UserError):
        return sum(entry.state != "RUNNING" for entry in workspace.load(name).trials())
    return 0


def _photographs(folder: Path) -> Path:
    """A folder of small images, one of which is none."""
    root = folder / "data"
    for part in ("train", "test"):
        for name, colour in COLOURS.items():
            place = root / part / name
            place.mkdir(parents=True, exist_ok=True)
            for number in range(IMAGES):
                Image.new("RGB", (16, 16), tuple(min(255, value + 3 * number) for value in colour)).save(
                    place / f"{number:02d}.png"
                )
    (root / "train" / "red" / "07.png").write_bytes(b"this is no image")
    return root
