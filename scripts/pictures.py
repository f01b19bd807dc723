"""Draw the pictures of the documents: python scripts/pictures.py [--launch [PHOTOGRAPHS]] [--only SWEEP].

They show the sweeps whose studies are kept in results/reference. With --launch these sweeps are first trained and
confirmed again: the digits one trial at a time, so that they end the same each time, and the photographs on Ray where
their folder is given (train/CLASS/*, test/CLASS/*). With --only, one sweep is trained and kept, and nothing is drawn.
The drawing needs Chromium.
"""

import argparse
import contextlib
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

from rts_search.analysis.courses.course import Courses
from rts_search.analysis.figures import FIGURES, OF_COURSES, SweepView
from rts_search.analysis.figures.costs import drawn as costs
from rts_search.analysis.figures.stability import drawn as stability
from rts_search.analysis.report.pictures import pictures, write_pictures
from rts_search.analysis.report.report import report
from rts_search.basics.results_folder import Results
from rts_search.operations.compared import compared
from rts_search.study.attributes import DRIVER
from rts_search.study.landscape_record import read_landscape
from rts_search.study.workspace import Workspace

FOLDER = Path(__file__).parents[1] / "results" / "reference"
NAME, FAIR, PHOTOGRAPHS, ABLATION = "digits", "digits_fair", "photographs_fair", "rts_ablation"
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
    ABLATION: (("launch", ABLATION, *INLINE),),
}
"""Sweep whose study is kept -> the commands that train and confirm it. Of the ablation, the documents show a table."""
SHOWS = "shows"
"""Name of the text in a PNG file that holds the digest of what the picture shows."""
PICTURES = {
    "digits.png": (NAME, "tree"),
    "report.png": (NAME, "report"),
    "figures.png": (NAME, "report"),
    "landscape.png": (NAME, "landscape"),
    "stability.png": (NAME, "stability"),
    "costs.png": (NAME, "costs"),
    "effort.png": (FAIR, "effort"),
    "sensitivity.png": (FAIR, "sensitivity"),
    "photographs_effort.png": (PHOTOGRAPHS, "effort"),
    "photographs_sensitivity.png": (PHOTOGRAPHS, "sensitivity"),
}
"""File name of a picture -> the sweep and what of it is drawn: a figure, or the report."""
PICTURED = tuple(name for name in COMMANDS if name in {sweep for sweep, _ in PICTURES.values()})
"""The sweeps of which something is drawn."""
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


def kept_courses(name: str) -> Path:
    """The file of the courses of a sweep's compared runs: the kept study has no store with their records."""
    return FOLDER / f"{name}_courses.json.xz"


def courses_of(name: str) -> Courses | None:
    """The kept courses of a sweep; None where none are kept."""
    file = kept_courses(name)
    return Courses.from_dict(json.loads(lzma.decompress(file.read_bytes()))) if file.exists() else None


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
        courses = courses_of(sweep) if source in OF_COURSES else None
        figure = FIGURES[source](SweepView.of(workspace.load(sweep), landscape=measured, courses=courses))
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


def launch(photographs: Path | None, only: str | None = None) -> None:
    """Train and confirm each sweep in a folder of its own, and keep its study. Without photographs, theirs stays.

    only: the name of the one sweep to train; None for all.
    """
    for name, commands in COMMANDS.items():
        if (name == PHOTOGRAPHS and photographs is None) or only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as made:
            if photographs is not None:
                shutil.copytree(photographs, Path(made, "photographs"))
            for command in commands:
                subprocess.run(["rts-search", *command, "--results", "results"], check=True, cwd=made)
            keep(name, Path(made, "results"))
            if ("landscape", name) in {command[:2] for command in commands}:
                shutil.copy(Path(made, "results", name, "landscape.json"), kept_landscape(name))
            if ("confirm", name) in {command[:2] for command in commands}:
                keep_courses(name, Workspace(Results(Path(made, "results"))))


def keep_courses(name: str, workspace: Workspace) -> None:
    """Keep the courses of the runs that a confirmed sweep compares."""
    found = compared(name, workspace)[2].to_dict()
    kept_courses(name).write_bytes(lzma.compress(json.dumps(found).encode(), preset=9))


def keep(name: str, results: Path) -> None:
    """Keep the study of a sweep that has ended, without the rows that say which process on which machine drove it."""
    with tempfile.TemporaryDirectory() as made:
        compact = Path(made, "compact.sqlite3")
        with contextlib.closing(sqlite3.connect(results / "studies.sqlite3")) as database:
            database.execute("VACUUM INTO ?", (str(compact),))
        with contextlib.closing(sqlite3.connect(compact)) as database:
            with database:
                database.execute("DELETE FROM study_user_attributes WHERE key = ?", (DRIVER,))
            database.execute("VACUUM")
        kept_study(name).write_bytes(lzma.compress(compact.read_bytes(), preset=9))


def draw(workspaces: Mapping[str, Workspace], folder: Path) -> None:
    """Draw all pictures, each with the digest of what it shows."""
    found = digests(workspaces)
    for sweep, workspace in workspaces.items():
        place = workspace.results.sweep(sweep)
        if kept_landscape(sweep).exists():
            place.folder.mkdir()
            shutil.copy(kept_landscape(sweep), place.landscape_json)
        write_pictures(sweep, workspace, folder)
        if (courses := courses_of(sweep)) is not None:
            _draw_courses(sweep, courses, folder)
        place.landscape_json.unlink(missing_ok=True)  # the pictures of the report do without it
    for name, (sweep, source) in PICTURES.items():
        if source == "report":
            image = Image.open(_screenshot(report(sweep, workspaces[sweep]), HIDDEN[name], folder))
        else:
            image = Image.open(folder / f"{sweep}-{source}.png")
        text = PngInfo()
        text.add_text(SHOWS, found[name])
        _without_margin(image.convert("RGB")).quantize(256).save(FOLDER / name, pnginfo=text, optimize=True)


def _draw_courses(sweep: str, courses: Courses, folder: Path) -> None:
    """Draw the figures that need the records of the store, which the kept study does not have."""
    found = {"stability": stability(courses), "costs": costs(courses)}
    figures = {name: figure for name, figure in found.items() if figure is not None}
    for name, picture in zip(figures, pictures(list(figures.values())), strict=True):
        (folder / f"{sweep}-{name}.png").write_bytes(picture)


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
    parser.add_argument("--only", choices=COMMANDS, metavar="SWEEP", help="train this sweep alone, and draw nothing")
    chosen = parser.parse_args()
    if chosen.only == PHOTOGRAPHS and chosen.photographs is None:
        parser.error(f"--only {PHOTOGRAPHS} needs the folder of photographs")
    if chosen.launch or chosen.only:
        launch(chosen.photographs, chosen.only)
    if chosen.only:
        sys.exit()
    with tempfile.TemporaryDirectory() as results, tempfile.TemporaryDirectory() as drawn:
        kept = {name: Path(results, name) for name in PICTURED}
        for place in kept.values():
            place.mkdir()
        draw({name: kept_sweep(place, name) for name, place in kept.items()}, Path(drawn))
