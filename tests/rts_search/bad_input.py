"""What the tests of bad input begin with: a sweep in the database, a trial's config, a folder of images."""

from pathlib import Path

from PIL import Image

from rts_search.basics import results_folder
from rts_search.operations.data_check import look_at_data
from rts_search.study.study import SweepStudy
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.settings.config import TrialConfig


def launched(name: str = "digits", *settings: str, storage_url: str | None = None) -> Path:
    """A sweep that is in the study database and has not trained anything; the database file."""
    results = results_folder.Results(Path("results").resolve())
    results.require_space()
    sweep = load_sweep("digits", [f"name={name}", *settings])
    elsewhere = str(results.folder) if storage_url else None
    facts = look_at_data(sweep.dataset, sweep.training.batch_size, name)
    SweepStudy.create(storage_url or results.storage_url, sweep, facts, elsewhere)
    return results.database


def sgd() -> TrialConfig:
    return baseline_config(load_sweep("digits"), BaselineConfig(name="sgd"))


def folder_of_images(root: Path, classes: tuple[str, ...] = ("ant", "bee")) -> Path:
    for part in ("train", "test"):
        for grey, name in enumerate(classes):
            (root / part / name).mkdir(parents=True)
            for number in range(4):
                Image.new("RGB", (8, 8), (grey, number, 0)).save(root / part / name / f"{number}.png")
    return root
