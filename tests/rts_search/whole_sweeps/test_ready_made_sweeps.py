"""The ready-made sweeps on data in the published form: each is checked, and a small version of it is trained."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from rts_search.sweep.sweep_file import shipped_sweeps
from tests.rts_search.conftest import CommandLine
from tests.trainables.core.data import archives
from tests.trainables.core.data.conftest import publish  # noqa: F401 -- a fixture
from tests.trainables.core.data.test_imagenet import with_the_kit

WITHOUT_FILES = {"digits", "digits_fair", "rts_ablation"}
"""The sweeps whose data come with scikit-learn; other tests train them."""
PUBLISHED_ALIKE = ("bsconv_alpha", "cifar10", "cifar100")
"""The sweeps whose data have fixed numbers of images: they train on digits. Tests of the data sets read theirs."""
ARCHIVES: dict[str, Callable[[Path], object]] = {
    "finetune_vit": archives.write_flowers102,
    "flowers102": archives.write_flowers102,
    "imagenet_mobilenet": with_the_kit,
    "imagenet_resnet": with_the_kit,
    "stanford_cars": archives.write_stanford_cars,
    "stanford_dogs": archives.write_stanford_dogs,
    "tiny_imagenet": archives.write_tiny_imagenet,
}
SMALL = {
    "dataset.val_fraction": "0.4",
    "training.batch_size": "2",
    "training.epochs": "2",
    "search.trials": "1",
    "baselines": "[sgd]",
    "confirm": "null",
    "resources": "{cpus_per_trial: 1}",
}
"""What makes every sweep small enough for a few images on a CPU."""
OF_ONE = {
    "finetune_vit": {"dataset.image_size": "16", "training.lr_schedule": "{name: cosine, warmup_epochs: 1}"},
    "imagenet_mobilenet": {"training.lr_schedule": "{name: step, milestones: [1]}"},
    "imagenet_resnet": {"training.lr_schedule": "{name: step, milestones: [1]}"},
    "tiny_imagenet": {"dataset.image_size": "16", "training.augmentation.crop_padding": "2"},
}
CROPPED = {"dataset.image_size": "18", "training.augmentation.crop_size": "16"}
VIT = "{depth: 2, embed_dim: 48, num_heads: 3, patch_size: 4}"


def test_there_is_data_for_each_of_them() -> None:
    assert set(shipped_sweeps()) == {*WITHOUT_FILES, *PUBLISHED_ALIKE, *ARCHIVES}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_small_version_is_checked_trained_and_reported(
    cli: CommandLine,
    tmp_path: Path,
    publish: Callable[[Path], None],  # noqa: F811
    name: str,
) -> None:
    made = ARCHIVES[name](tmp_path)
    if isinstance(made, Path):
        publish(made)
    settings = {**SMALL, **OF_ONE.get(name, CROPPED), "dataset.root": str(tmp_path)}
    if name == "finetune_vit":
        settings["model"] = f"{{name: timm/vit_small_patch16_224, options: {VIT}, pretrained: '{weights(tmp_path)}'}}"
    given = [part for setting, value in settings.items() for part in ("--set", f"{setting}={value}")]
    assert f"{name}: valid. 2 trials of 2 arms (rts 1, sgd 1)" in cli.run("check", name, *given).stdout
    cli.run("launch", name, *given)
    assert "| sgd |" in cli.run("table", name).stdout
    cli.run("report", name, "-o", str(tmp_path / "report.html"))
    assert name in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("name", PUBLISHED_ALIKE)
def test_a_small_version_is_trained_on_other_images(cli: CommandLine, name: str) -> None:
    settings = {**SMALL, "dataset": "{name: digits, num_train: 40}", "training.batch_size": "20"}
    del settings["dataset.val_fraction"]
    tuned = name == "bsconv_alpha"
    settings["baselines"] = "[sgd]" if tuned else "[]"
    given = [part for setting, value in settings.items() for part in ("--set", f"{setting}={value}")]
    steps = ["--set", "space.timing.switch_epoch=[0, 1]", "--set", "space.timing.base_epochs=1"]
    cli.run("launch", name, *given, *(steps if name == "cifar100" else []))
    assert "completed" in cli.run("table", name).stdout


def weights(folder: Path) -> Path:
    """Weights of a small vision transformer for other classes, as published ones are."""
    import timm

    options = {"depth": 2, "embed_dim": 48, "num_heads": 3, "patch_size": 4}
    model = timm.create_model("vit_small_patch16_224", num_classes=7, img_size=16, **options)
    torch.save(model.state_dict(), folder / "vit.pt")
    return folder / "vit.pt"
