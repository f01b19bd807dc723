"""The ready-made sweeps, small and full, on a few images in the form in which each data set is published."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.trainables.core.data import archives
from tests.trainables.core.data.cifar_archives import write_archive
from tests.trainables.core.data.imagenet_forms import with_the_kit
from trainables.core.data import cifar


def _cifar10(root: Path) -> object:
    return write_archive(root, cifar.CIFAR10, num_classes=2, per_file=4)


def _cifar100(root: Path) -> object:
    return write_archive(root, cifar.CIFAR100, num_classes=2, per_file=20)


def _nothing(root: Path) -> object:
    """The digits come with scikit-learn."""
    return root


DATA: Mapping[str, Callable[[Path], object]] = {
    "bsconv_alpha": _cifar100,
    "cifar10": _cifar10,
    "cifar100": _cifar100,
    "digits": _nothing,
    "digits_fair": _nothing,
    "finetune_vit": archives.write_flowers102,
    "flowers102": archives.write_flowers102,
    "imagenet_mobilenet": with_the_kit,
    "imagenet_resnet": with_the_kit,
    "rts_ablation": _nothing,
    "stanford_cars": archives.write_stanford_cars,
    "stanford_dogs": archives.write_stanford_dogs,
    "tiny_imagenet": archives.write_tiny_imagenet,
}
"""Sweep -> the function that writes a few images into a folder."""
WITHOUT_FILES = tuple(name for name, write in DATA.items() if write is _nothing)
FEW = {"dataset.val_fraction": "0.4", "training.batch_size": "2"}
"""What every sweep needs for a few images."""
SMALL = {
    **FEW,
    "training.epochs": "2",
    "search.trials": "1",
    "confirm": "null",
    "resources": "{cpus_per_trial: 1}",
}
"""What makes every sweep small enough for a CPU."""
CROPPED = {"dataset.image_size": "18", "training.augmentation.crop_size": "16"}
STEPS = {"training.lr_schedule": "{name: step, milestones: [1]}"}
OF_ONE = {
    "bsconv_alpha": {"training.batch_size": "4"},
    "cifar10": {"training.batch_size": "4"},
    "cifar100": {
        "training.batch_size": "4",
        "space.timing.switch_epoch": "[0, 1]",
        "space.timing.base_epochs": "1",
    },
    "digits": {"dataset.num_train": "64", "training.batch_size": "16"},
    "digits_fair": {"dataset.num_train": "64", "training.batch_size": "16", "space.timing.switch_epoch": "[0, 1]"},
    "finetune_vit": {"dataset.image_size": "16", "training.lr_schedule": "{name: cosine, warmup_epochs: 1}"},
    "imagenet_mobilenet": STEPS | CROPPED,
    "imagenet_resnet": STEPS | CROPPED,
    "rts_ablation": {"dataset.num_train": "64", "training.batch_size": "16", "space.timing.switch_epoch": "[0, 1]"},
    "tiny_imagenet": {"dataset.image_size": "16", "training.augmentation.crop_padding": "2"},
}
VIT: Mapping[str, Any] = {"depth": 2, "embed_dim": 48, "num_heads": 3, "patch_size": 4}


def small_version(name: str, folder: Path, **changes: str) -> list[str]:
    """The words of --set that make a sweep small, after its images, and weights where it needs some, were written.

    folder: an existing one for them.
    changes: further settings, with `__` for a dot.
    """
    settings = SMALL | OF_ONE.get(name, CROPPED) | _with_images(name, folder)
    if name == "finetune_vit":
        options = "{" + ", ".join(f"{option}: {value}" for option, value in VIT.items()) + "}"
        weights = _weights(folder)
        settings["model"] = f"{{name: timm/vit_small_patch16_224, options: {options}, pretrained: '{weights}'}}"
    return _words(settings | {setting.replace("__", "."): value for setting, value in changes.items()})


def full_version(name: str, folder: Path) -> list[str]:
    """The words of --set that put a sweep on a few images, after they were written, and change nothing else.

    The vision transformer has random weights, so that nothing is downloaded.
    """
    weights = {"model.pretrained": "null"} if name == "finetune_vit" else {}
    return _words(FEW | weights | _with_images(name, folder))


def _with_images(name: str, folder: Path) -> dict[str, str]:
    return {} if DATA[name](folder) is folder else {"dataset.root": str(folder)}


def _words(settings: Mapping[str, str]) -> list[str]:
    return [word for setting, value in settings.items() for word in ("--set", f"{setting}={value}")]


def lists_of(folder: Path) -> Path:
    """Where the lists of flowers are that must count as the published ones."""
    return folder / "flowers-102"


def _weights(folder: Path) -> Path:
    """Weights of a small vision transformer for other classes, as published ones are."""
    import timm
    import torch

    model = timm.create_model("vit_small_patch16_224", num_classes=7, img_size=16, **VIT)
    torch.save(model.state_dict(), folder / "vit.pt")
    return folder / "vit.pt"
