"""Draw the pictures of the documents: python scripts/pictures.py [--launch [PHOTOGRAPHS]].

They show the sweeps whose studies are kept in results/reference. With --launch these sweeps are first trained and
confirmed again: the digits one trial at a time, so that they end the same each time, and the photographs on Ray where
their folder is given (train/CLASS/*, test/CLASS/*). The drawing needs Chromium.
"""

import argparse
import hashlib
import json
import lzma
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.report.pictures import write_pictures
from rts_search.analysis.report.report import report
from rts_search.basics.results_folder import Results
from rts_search.study.landscape_record import read_landscape
from rts_search.study.workspace import Workspace

FOLDER = Path(__file__).parents[1] / "results" / "reference"
NAME, FAIR, PHOTOGRAPHS = "digits", "digits_fair", "photographs_fair"
INLINE = ("--executor", "inline")
OF_PHOTOGRAPHS = (
    *("launch", FAIR, "--name", PHOTOGRAPHS, "--set", "training.epochs=6", "--set", "training.batch_size=64"),
    *("--set", "training.augmentation={horizontal_flip: true, crop_padding: 4}"),
    *("--set", "space.timing.switch_epoch=[0, 2, 4]"),
    *("--set", "dataset={name: imagefolder, root: photographs, image_size: 32, val_fraction: 0.02, num_train: 4000}"),
)
LITTLE = ("--against", "sgd,pugd", "--seeds", "0", "--images", "500", "--steps", "15")
"""What of the landscape of the digits is shown."""
COMMANDS = {
    NAME: (("launch", NAME, *INLINE), ("confirm", NAME, *INLINE), ("landscape", NAME, *LITTLE, *INLINE)),
    FAIR: (("launch", FAIR, *INLINE),),
    PHOTOGRAPHS: (OF_PHOTOGRAPHS,),
}
"""Sweep whose study is kept -> the commands that train and confirm it."""
SHOWS = "shows"
"""Name of the text in a PNG file that holds the digest of what the picture shows."""
PICTURES = {
    "digits.png": (NAME, "tree"),
    "report.png": (NAME, "report"),
    "figures.png": (NAME, "report"),
    "landscape.png": (NAME, "landscape"),
    "effort.png": (FAIR, "effort"),
    "sensitivity.png": (FAIR, "sensitivity"),
    "photographs_effort.png": (PHOTOGRAPHS, "effort"),
    "photographs_sensitivity.png": (PHOTOGRAPHS, "sensitivity"),
}
"""File name of a picture -> the sweep and what of it is drawn: a figure, or the report."""
HIDDEN = {
    "report.png": "h2:nth-of-type(3), h2:nth-of-type(3) ~ *",
    "figures.png": ".modebar-container, .tools, main > :not(.figures)",
}
"""File name of a picture of the report -> a CSS selector of what it leaves out."""
WIDTH, HEIGHT = 1280, 4500
"""Pixels of the browser's window."""


def kept_study(name: str) -> Path:
    """The file of a sweep's kept study."""
    return FOLDER / f"{name}.sqlite3.xz"


def kept_landscape(name: str) -> Path:
    """The file of a sweep's kept landscape. Only the picture of it shows it."""
    return FOLDER / f"{name}_landscape.json"


def kept_sweep(folder: Path, name: str = NAME) -> Workspace:
    """Unpack the study of a kept sweep into an empty folder of results."""
    results = Results(folder)
    (folder / Path(results.storage_url).name).write_bytes(lzma.decompress(kept_study(name).read_bytes()))
    return Workspace(results)


def digests(workspaces: Mapping[str, Workspace]) -> Mapping[str, str]:
    """Return for each picture a digest of what today's code would show in it, apart from versions and numeric noise.

    workspaces: sweep -> where its kept study is.
    """
    shown = {drawn: _shown(workspaces[drawn[0]], *drawn) for drawn in set(PICTURES.values())}
    return {name: hashlib.sha256(shown[drawn].encode()).hexdigest() for name, drawn in PICTURES.items()}


def _shown(workspace: Workspace, sweep: str, source: str) -> str:
    if source != "report":
        measured = read_landscape(kept_landscape(sweep)) if source == "landscape" else None
        figure = FIGURES[source](SweepView.of(workspace.load(sweep), landscape=measured))
        assert figure is not None
        return json.dumps(figure.to_dict())
    page = report(sweep, workspace)
    # Plotly's own script and the versions of the packages are not ours; importances come from a random forest, whose
    # last digits differ between versions of scikit-learn.
    page = re.sub(r"<script>.{100000,}?</script>", "", page, flags=re.DOTALL)
    return re.sub(r'<p class="hint">Made with.*?</p>|<h3>Importances.*?</figure>', "", page, flags=re.DOTALL)


def digest_of(picture: Path) -> str:
    """Return the digest that a picture carries; empty without one."""
    with Image.open(picture) as image:
        return str(image.info.get(SHOWS, ""))


def launch(photographs: Path | None) -> None:
    """Train and confirm each sweep in a folder of its own, and keep its study. Without photographs, theirs stays."""
    for name, commands in COMMANDS.items():
        if name == PHOTOGRAPHS and photographs is None:
            continue
        with tempfile.TemporaryDirectory() as made:
            if photographs is not None:
                shutil.copytree(photographs, Path(made, "photographs"))
            for command in commands:
                subprocess.run(["rts-search", *command, "--results", "results"], check=True, cwd=made)
            compact = Path(made, "compact.sqlite3")
            with sqlite3.connect(Path(made, "results", "studies.sqlite3")) as database:
                database.execute("VACUUM INTO ?", (str(compact),))
            kept_study(name).write_bytes(lzma.compress(compact.read_bytes(), preset=9))
            if ("landscape", name) in {command[:2] for command in commands}:
                shutil.copy(Path(made, "results", name, "landscape.json"), kept_landscape(name))


def draw(workspaces: Mapping[str, Workspace], folder: Path) -> None:
    """Draw all pictures, each with the digest of what it shows."""
    found = digests(workspaces)
    for sweep, workspace in workspaces.items():
        place = workspace.results.sweep(sweep)
        if kept_landscape(sweep).exists():
            place.folder.mkdir()
            shutil.copy(kept_landscape(sweep), place.landscape_json)
        write_pictures(sweep, workspace, folder)
        place.landscape_json.unlink(missing_ok=True)  # the pictures of the report do without it
    for name, (sweep, source) in PICTURES.items():
        if source == "report":
            image = Image.open(_screenshot(report(sweep, workspaces[sweep]), HIDDEN[name], folder))
        else:
            image = Image.open(folder / f"{sweep}-{source}.png")
        text = PngInfo()
        text.add_text(SHOWS, found[name])
        _without_margin(image.convert("RGB")).quantize(256).save(FOLDER / name, pnginfo=text, optimize=True)


def _screenshot(page: str, hidden: str, folder: Path) -> Path:
    """Save the page, without the elements that a CSS selector names, as a browser shows it."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("scripts/pictures.py: needs Chromium: apt install chromium")
    file, image = folder / "page.html", folder / "page.png"
    file.write_text(page.replace("</head>", f"<style>{hidden} {{ display: none }}</style></head>"))
    window = ("--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}")
    command = [browser, *window, "--virtual-time-budget=20000", f"--screenshot={image}", file.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    return image


def _without_margin(image: Image.Image) -> Image.Image:
    """Cut off the empty lines at the bottom."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, image.getpixel((0, 0)))).getbbox()
    assert box is not None
    return image.crop((0, 0, image.width, min(image.height, box[3] + 24)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--launch", action="store_true", help="train and confirm the sweeps again before")
    parser.add_argument("photographs", nargs="?", type=Path, help="folder of photographs, for the sweep of photographs")
    chosen = parser.parse_args()
    if chosen.launch:
        launch(chosen.photographs)
    with tempfile.TemporaryDirectory() as results, tempfile.TemporaryDirectory() as drawn:
        kept = {name: Path(results, name) for name in COMMANDS}
        for place in kept.values():
            place.mkdir()
        draw({name: kept_sweep(place, name) for name, place in kept.items()}, Path(drawn))
