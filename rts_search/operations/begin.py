"""`rts-search init`: look at a folder of images, and write a sweep file for it."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rts_search.basics.errors import UserError
from rts_search.basics.phases import phase
from rts_search.basics.sizes import counted, joined
from trainables.core.data.decode import SUFFIXES, is_image_name
from trainables.core.settings.section import first_line

MOST_OPENED = 500
"""Most images whose size and colours are looked at, evenly spread."""
TRAIN = "train"
PARTS = (TRAIN, "val", "test")
SMALL = (32, 32)
"""Pixels from which on a JPEG is decoded when it is looked at."""
SPLIT = 0.2
"""Share of the images that becomes the test part, and share of the others that becomes the validation part."""
FEWEST_PER_CLASS = 5
"""Images of a class, at least, so that each part has one and two or more are left to train on."""
SIZES = (32, 64, 96, 128, 224)
FEWEST_IN_BATCH, STEPS = 16, 30
"""Images of a mini-batch at least, and mini-batches of an epoch for which a larger one is proposed."""
UNEQUAL = 3.0
"""From this ratio of the largest class to the smallest one on, the metric counts every class the same."""
MOST_NAMED = 5
"""Most images that cannot be read that are named."""
MANY = 20_000
"""Training images above which a first try with fewer is proposed."""


@dataclass(frozen=True)
class Survey:
    """What is in a folder of images."""

    root: Path
    classes: Mapping[str, int]
    """Class -> its images in the part that is trained on, with what is split from it."""
    parts: Sequence[str]
    """The folders train, val and test that there are; none where the folders in root are the classes."""
    widths: tuple[int, int, float]
    """Smallest, largest and median length of the shorter side, in pixels."""
    one_size: bool
    """Whether all images are square and of one size."""
    square: bool
    grey: bool
    """Whether all images that were looked at are grey."""
    upright: bool
    """Whether no image is turned by its EXIF orientation."""

    @property
    def images(self) -> int:
        """Number of images in the classes."""
        return sum(self.classes.values())

    @property
    def image_size(self) -> int:
        """A size to resize to: near the images' own, at most 64, so that a first sweep takes minutes on a CPU."""
        return max([SIZES[0], *(size for size in SIZES if size <= min(64, 1.25 * self.widths[2]))])

    @property
    def unequal(self) -> bool:
        """Whether the classes are of very unequal size."""
        return max(self.classes.values()) >= UNEQUAL * min(self.classes.values())


def survey(root: Path) -> Survey:
    """Look at a folder of images. Raises: UserError: it holds no classes of images."""
    from PIL import UnidentifiedImageError

    with phase(f"looking at {root}") as looking:
        if not root.is_dir():
            what = "is a file" if root.exists() else "does not exist"
            raise UserError(f"{root}: must be a folder with a folder of images for each class, but {what}")
        parts = [part for part in PARTS if (root / part).is_dir()] if (root / TRAIN).is_dir() else []
        top = root / TRAIN if parts else root
        files = {folder.name: _images(folder) for folder in _folders(top)}
        files = {name: found for name, found in files.items() if found or parts}
        _require_classes(top, files)
        every = [file for found in files.values() for file in found]
        step = max(1, len(every) // MOST_OPENED)
        looked, unreadable = [], dict[Path, str]()
        for number, file in enumerate(every[::step]):
            looking.progress(number, len(every[::step]))
            try:
                looked.append(_look(file))
            except Exception as error:  # Pillow's decoders raise many kinds of errors
                unreadable[file] = "no image" if isinstance(error, UnidentifiedImageError) else first_line(error)
        if unreadable:
            raise _cannot_be_read(root, unreadable)
    shorter = [min(size) for size, _, _ in looked]
    sizes = Counter(size for size, _, _ in looked)
    square = all(width == height for width, height in sizes)
    return Survey(
        root,
        {name: len(found) for name, found in files.items()},
        parts,
        (min(shorter), max(shorter), median(shorter)),
        one_size=square and len(sizes) == 1,
        square=square,
        grey=all(grey for _, grey, _ in looked),
        upright=not any(turned for _, _, turned in looked),
    )


def _folders(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))


def _images(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if is_image_name(one.name) and one.is_file())


def _require_classes(top: Path, files: Mapping[str, Sequence[Path]]) -> None:
    if not files and (direct := len(_images(top))):
        above = shlex.quote(str(top.resolve().parent if top.parent == top else top.parent))
        raise UserError(
            f"{top}: must hold 2 or more folders of images, one for each class, but {counted(direct, 'image')} "
            f"{'lies' if direct == 1 else 'lie'} directly in it"
            f"{'' if top.name == TRAIN else f'; if it is the folder of one class, try: rts-search init {above}'}"
        )
    if len(files) < 2:
        kinds = ", ".join(sorted(SUFFIXES))
        raise UserError(f"{top}: must hold 2 or more folders of images, one for each class, not {len(files)} ({kinds})")
    poorest = min(files, key=lambda name: len(files[name]))
    if len(files[poorest]) < FEWEST_PER_CLASS:
        raise UserError(
            f"{top / poorest}: must hold {FEWEST_PER_CLASS} or more images, so that training, validation and test part "
            f"have some of each class, but has {len(files[poorest])}"
        )


def _look(file: Path) -> tuple[tuple[int, int], bool, bool]:
    """Width and height of an image, whether it is grey, and whether it is turned.

    Raises: OSError, or another error of Pillow's decoders: it cannot be read to its end.
    """
    from PIL import ExifTags, Image

    with Image.open(file) as image:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
        found = image.size, image.mode in ("1", "L", "LA"), turned
        image.draft(image.mode, SMALL)  # a JPEG is then read to its end, but decoded in a fraction of the time
        image.load()
        return found


def _cannot_be_read(root: Path, unreadable: Mapping[Path, str]) -> UserError:
    """The error about images that cannot be read, with the first of them. unreadable: image -> why."""
    named = [f"{file.relative_to(root)} ({why})" for file, why in [*unreadable.items()][:MOST_NAMED]]
    more = len(unreadable) - len(named)
    which = joined([*named, f"{more} more"] if more else named)
    return UserError(
        f"{root}: must hold images that can be read, but {which} cannot; replace or remove "
        f"{'it' if len(unreadable) == 1 else 'them'}"
    )


def sweep_file(found: Survey, name: str, file: Path) -> str:
    """A commented sweep file for the images, as YAML. file: where it is written, for the comments."""
    smallest, largest = min(found.classes.values()), max(found.classes.values())
    each = f"{smallest:,}" if smallest == largest else f"{smallest:,} to {largest:,}"
    short, long, _ = found.widths
    pixels = f"{short}" if short == long else f"{short} to {long}"
    place = shlex.quote(str(file))
    lines = [
        f"# A sweep for the images in {found.root}: {found.images:,} in {len(found.classes):,} classes,",
        f"# {each} of each, {'grey' if found.grey else 'colour'}, {pixels} pixels on the shorter side"
        f"{', square' if found.square else ''}.",
        "#",
        f"#   rts-search check {place}    what is in the data and the model, and what the sweep costs at most",
        f"#   rts-search plan {place}     what it will cost, and how long it takes here",
        f"#   rts-search launch {place}   trains the trials, then tests on new seeds if the best beats the baselines",
        "",
        f"name: {name}",
        "",
        "dataset:",
        "  name: imagefolder",
        f"  root: {json.dumps(str(found.root.resolve()), ensure_ascii=False)}",
        *_parts(found),
        *_size(found),
    ]
    if not found.upright:
        lines.append("  upright: true            # turns photos as cameras have noted it in them")
    trained = round(found.images * (1 - SPLIT) ** 2)
    few = " # a try on fewer images of every class; all are used without this line"
    if found.images > MANY:
        lines.append(f"  # num_train: {MANY // 4}        {few}")
    lines += [
        "",
        "model: small               # a small net for a first try; then resnet18, or any of torchvision and timm",
        "training:",
        "  epochs: 12",
        f"  batch_size: {_batch(trained)}",
        "  lr: 0.05",
        "",
        "space: rts                 # radius, timing and scale of PUGD-RTS",
        "search: {trials: 12}       # the baselines are trained in addition",
        "baselines: [sgd, pugd]     # what the best trial is compared with",
        "scheduler: asha            # stops weak trials early",
    ]
    if found.unequal:
        lines += [
            "objective:",
            "  metric: balanced_accuracy   # every class counts the same: the largest has "
            f"{largest / smallest:.1f} times the images of the smallest",
        ]
    lines += [
        "resources: {cpus_per_trial: 1, gpus_per_trial: 0}   # on a GPU: {cpus_per_trial: auto, gpus_per_trial: auto}",
        "# budget: {hours: 2}       # the search ends then",
        "confirm: {seeds: 5}        # after the search: are the best trials better on new seeds, on the test part?",
    ]
    return "\n".join(lines) + "\n"


def _parts(found: Survey) -> list[str]:
    """The lines about the validation and the test part."""
    lines = []
    if "test" in found.parts and "val" in found.parts:
        return ["  val: val                 # the validation part, by which trials are chosen; test is read at the end"]
    if not {"test", "val"} & set(found.parts):
        lines += [f"  test_fraction: {SPLIT}       # there is no test part: this share of every class becomes it"]
    elif "val" in found.parts:
        lines += ["  # the folder val is the test part, as in ImageNet, and is read at the end only"]
    return [*lines, f"  val_fraction: {SPLIT}        # of the others: the validation part, by which trials are chosen"]


def _size(found: Survey) -> list[str]:
    if found.one_size and found.widths[0] in range(1, 65):
        return [f"  # image_size: 32         # all images have {found.widths[0]} pixels; this would resize them"]
    size = found.image_size
    lines = [f"  image_size: {size}           # more pixels tell more and take longer"]
    return lines if found.square else [*lines, "  resize: short_side       # then the square in the middle"]


def _batch(trained: int) -> int:
    """A size of mini-batches that gives a few dozen steps an epoch at least."""
    return min(trained, max([FEWEST_IN_BATCH, *(size for size in (32, 64, 128) if size * STEPS <= trained)]))


def name_for(root: Path) -> str:
    """A name for the sweep, from that of the folder."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", root.resolve().name).strip("-_")
    return plain if plain[:1].isalnum() else f"sweep-{plain}".strip("-")
