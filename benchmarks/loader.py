"""Images per second of data loading alone: this package against PIL transforms in a torch DataLoader.

Both make normalised, augmented batches of 128 images. Without a folder of photographs it uses random images.
"""

from typing import Any

import torch

from benchmarks.epoch import OPPONENT, Case, peak_megabytes, spread
from benchmarks.photographs import photographs
from benchmarks.plain import PADDING, Pictures, loader
from benchmarks.report import device_facts, line, table
from benchmarks.turns import Contestant, Turn, take_turns
from trainables.core.settings.config import AugmentationConfig
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.augmentation import Augmentation, Normalisation


def ours(case: Case, settings: dict[str, Any]) -> Turn:
    """Prepare an epoch of batches, made as the engine makes them."""
    keep_freed_memory()
    torch.set_num_threads(case.threads)
    dataset, device = photographs(case.folder, case.images), torch.device(case.device)
    images = torch.from_numpy(dataset.train.images).to(device)
    config = AugmentationConfig(**settings)
    normalise = Normalisation(dataset.mean, dataset.std, device)

    def turn() -> dict[str, Any]:
        augmentation = Augmentation(config, images, device, 0, 0)
        for batch in torch.randperm(len(images)).to(device).split(case.batch_size):
            ready = normalise(augmentation.moved(images[batch], batch)).contiguous(memory_format=torch.channels_last)
            augmentation.cut_out(ready, batch)
        if device.type == "cuda":
            torch.cuda.synchronize()
        return {"peak_mb": peak_megabytes(case.device)}

    return turn


def plain(case: Case, workers: int) -> Turn:
    """Prepare an epoch of batches, made as the plain script makes them."""
    torch.set_num_threads(case.threads)
    batches, device = loader(Pictures(photographs(case.folder, case.images)), case.batch_size, workers), case.device

    def turn() -> dict[str, Any]:
        for images, labels in batches:
            images.to(device), labels.to(device)
        return {"peak_mb": peak_megabytes(device)}

    return turn


def main(folder: str | None) -> None:
    """Measure crop and flip on both sides, and rotation and cutout, which only this package has here."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    threads = torch.get_num_threads()
    case = Case("", 128, 10_000, device, 7, folder, threads)
    same = {"crop_padding": PADDING, "horizontal_flip": True}
    contestants = {
        "rts-search, crop and flip": Contestant(ours, (case, same)),
        "rts-search, and rotation and cutout": Contestant(ours, (case, {**same, "rotation": 15.0, "cutout": 8})),
        OPPONENT: Contestant(plain, (case, 0)),
        "plain script, 2 loader processes": Contestant(plain, (case, 2)),
    }
    results = take_turns(contestants, case.runs)
    speeds = {who: case.images / result.median for who, result in results.items()}
    for who, result in results.items():
        ratio = round(speeds[who] / speeds[OPPONENT], 2)
        measured = {"images_per_second": round(speeds[who]), "times_plain": ratio, **result.facts, **spread(result)}
        line({**case.facts(), "benchmark": "loader", "who": who, **measured, **device_facts(device, threads)})
    rows = [(who, f"{speed:,.0f}", f"{speed / speeds[OPPONENT]:.1f}") for who, speed in speeds.items()]
    table((f"images to batches of 128, {device}", "images/s", "times plain"), rows)
