"""The settings of the images and their split."""

from dataclasses import dataclass
from typing import Annotated

from trainables.core.settings.section import AtMost, OneOf, Section, Seed, one_of, require

DEFAULT_VAL_FRACTION = 0.2
STRETCH, SHORT_SIDE = "stretch", "short_side"
RESIZES = (STRETCH, SHORT_SIDE)
DATASET_NAMES = (
    "digits",
    "cifar10",
    "cifar100",
    "imagefolder",
    "tiny_imagenet",
    "flowers102",
    "stanford_cars",
    "stanford_dogs",
    "imagenet",
    "table",
)
"""The data sets of `trainables/core/data/registry.py`."""


@dataclass(frozen=True)
class DatasetConfig(Section):
    """The images, and how they are split into training, validation and test part."""

    name: Annotated[str, OneOf(DATASET_NAMES, r"^[^:]+:[^:]+$")]
    """Name of the data set: digits, cifar10, cifar100, imagefolder, tiny_imagenet, flowers102, stanford_cars,
    stanford_dogs, imagenet, table for a list of your own images, or package.module:function for a function of your own,
    in a file beside the sweep file or in an installed package; it is called without arguments and returns arrays."""
    root: str | None = None
    """Folder of the images. For an imagefolder, the folder with train and test; for a table, the folder from which its
    paths start; for the others, the folder in which the published archive was unpacked, so that it holds, for example,
    flowers-102. Leave it out for digits and for a function of your own."""
    download: bool = False
    """true downloads cifar10 or cifar100 into `root` when it is not there yet; false (default) never downloads."""
    file: str | None = None
    """The file of a table, relative to `root`: .csv or .parquet, with the columns path (of an image, relative to
    `root`), label, and part (train, val or test)."""
    val: str | None = None
    """Name of the folder in the `root` of an imagefolder that holds its validation part, as VAL/CLASS/*. Leave it out
    to split the validation part from the training part by `val_fraction`."""
    val_fraction: float | None = None
    """Fraction of the training images that is held out as the validation part, in (0, 1); 0.2 when it is left out.
    Trials are compared on the validation part, so a small one makes the comparison noisy and a large one leaves less to
    train on. Leave it out where the data have a validation part of their own."""
    test_fraction: float | None = None
    """For an imagefolder without a test part: fraction of its images that becomes the test part, in (0, 1), every class
    in equal proportion, drawn by `split_seed`. The images are then in `root`/CLASS/*, or in `root`/train/CLASS/*. With
    `num_train`, validation and test part shrink in the same proportion as the training part."""
    split_seed: Seed = 0
    """Seed of the split into training, validation and test part, in [0, 2**53). All have every class in equal
    proportion. It is apart from training.seed, so that runs with other seeds use the same split."""
    num_train: Annotated[int, AtMost(1_000_000_000)] | None = None
    """Train on only this many of the training images, with every class in proportion; at least one per class. Leave it
    out to train on all."""
    image_size: Annotated[int, AtMost(8192)] | None = None
    """Height and width in pixels, in [1, 8192], to which image files are resized: those of an imagefolder, a table,
    tiny_imagenet, flowers102, stanford_cars, stanford_dogs and imagenet. It may be left out only if all images are
    square and of one size."""
    resize: Annotated[str, OneOf(RESIZES)] | None = None
    """How images are resized to `image_size`: stretch (height and width each, which distorts images that are not
    square) or short_side (the shorter side, then the square in the middle is cut out); stretch when it is left out."""
    upright: bool | None = None
    """true turns images as their EXIF orientation says, which cameras and phones write into JPEG files. false (default)
    takes the pixels as they are stored, as torchvision's ImageFolder does. `rts-search check` says whether it matters.
    For the data sets that image_size is for."""

    def __post_init__(self) -> None:
        if self.upright is False:
            object.__setattr__(self, "upright", None)  # what does nothing is one config
        require(0.0 < self.held_out < 1.0, "val_fraction", "must be in (0, 1)", self.val_fraction)
        share = self.test_fraction
        require(share is None or 0.0 < share < 1.0, "test_fraction", "must be in (0, 1)", share)
        require(self.split_seed >= 0, "split_seed", "must be >= 0", self.split_seed)
        if self.val is not None:
            self.require_no_split()
        require(self.num_train is None or self.num_train >= 1, "num_train", "must be >= 1", self.num_train)
        require(self.image_size is None or self.image_size >= 1, "image_size", "must be >= 1", self.image_size)
        require(self.resize in (None, *RESIZES), "resize", one_of(RESIZES), self.resize)
        unused = self.resize is None or self.image_size is not None
        require(unused, "resize", "is used with image_size only: set it, too, or leave resize out", self.resize)
        self.check_bounds()

    @property
    def held_out(self) -> float:
        """Fraction of the training images that becomes the validation part, unless the data have one of their own."""
        return DEFAULT_VAL_FRACTION if self.val_fraction is None else self.val_fraction

    def require_no_split(self) -> None:
        """Refuse settings of the split, for data that have a validation part of their own. Raises: ConfigError."""
        rule = "must be left out: the data have a validation part of their own"
        require(self.val_fraction is None, "val_fraction", rule, self.val_fraction)
        unused = self.split_seed == 0 or self.num_train is not None or self.test_fraction is not None
        require(unused, "split_seed", f"{rule}, and no num_train draws from the training part", self.split_seed)
