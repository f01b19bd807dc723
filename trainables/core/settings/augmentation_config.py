"""The settings of the random changes to the training images."""

from dataclasses import dataclass
from typing import Annotated

from trainables.core.settings.section import AtMost, ConfigError, Section, require

INFINITY = float("inf")


@dataclass(frozen=True)
class RandomResizedCropConfig(Section):
    """A random part of each image, resized to the size of the whole."""

    scale_min: float = 0.08
    """Least area of the part, as a share of the image, in (0, scale_max]."""
    scale_max: float = 1.0
    """Largest area of the part, as a share of the image, in (0, 1]."""
    ratio_min: float = 0.75
    """Least width of the part, divided by its height, in (0, ratio_max]."""
    ratio_max: float = 1.3333
    """Largest width of the part, divided by its height, > 0."""

    def __post_init__(self) -> None:
        require_ranges(self.scale_min, self.scale_max, self.ratio_min, self.ratio_max)


@dataclass(frozen=True)
class ColorJitterConfig(Section):
    """Random changes of the colours, in this order. A change of 0 (default) is none."""

    brightness: float = 0.0
    """All pixels are multiplied by a factor from [1 - brightness, 1 + brightness], >= 0; a factor is never below 0."""
    contrast: float = 0.0
    """The distance of all pixels from the image's mean grey is multiplied by a factor from
    [1 - contrast, 1 + contrast], >= 0."""
    saturation: float = 0.0
    """The distance of all pixels from their own grey is multiplied by a factor from [1 - saturation, 1 + saturation],
    >= 0. Only for colour images."""
    hue: float = 0.0
    """Largest turn of the hue in either direction, in [0, 0.5]; 0.5 is half the colour circle. Only for colour
    images."""

    def __post_init__(self) -> None:
        for name in ("brightness", "contrast", "saturation"):
            value = getattr(self, name)
            require(0.0 <= value < INFINITY, name, "must be >= 0 and finite", value)
        require(0.0 <= self.hue <= 0.5, "hue", "must be in [0, 0.5]", self.hue)

    @property
    def acts(self) -> bool:
        """Whether any colour changes."""
        return any((self.brightness, self.contrast, self.saturation, self.hue))

    def check(self, channels: int) -> None:
        """Refuse saturation and hue for images without colours. Raises: ConfigError."""
        for name in ("saturation", "hue"):
            value = getattr(self, name)
            rule = f"must be 0, since the images have no colours ({channels} channel)"
            require(channels == 3 or value == 0.0, name, rule, value)


@dataclass(frozen=True)
class GammaConfig(Section):
    """Random gamma: pixels, scaled to [0, 1], are raised to a power. Less than 1 makes an image brighter."""

    min: float = 0.7
    """Least power, in (0, max]."""
    max: float = 1.5
    """Largest power, > 0."""

    def __post_init__(self) -> None:
        require(0.0 < self.max < INFINITY, "max", "must be > 0 and finite", self.max)
        require(0.0 < self.min <= self.max, "min", f"must be in (0, max], with max {self.max:g}", self.min)

    @property
    def acts(self) -> bool:
        """Whether any power is another than 1."""
        return self.min < 1.0 or self.max > 1.0


@dataclass(frozen=True)
class RandAugmentConfig(Section):
    """RandAugment (Cubuk et al. 2020): some of 14 operations on each image, one after the other."""

    num_ops: Annotated[int, AtMost(100)] = 2
    """Number of operations that are drawn for each image, with repetition, in [0, 100]; 0: none."""
    magnitude: Annotated[int, AtMost(30)] = 9
    """Strength of all operations, in [0, 30]."""

    def __post_init__(self) -> None:
        require(self.num_ops >= 0, "num_ops", "must be >= 0", self.num_ops)
        require(0 <= self.magnitude <= 30, "magnitude", "must be in [0, 30]", self.magnitude)
        self.check_bounds()

    @property
    def acts(self) -> bool:
        """Whether any operation is drawn."""
        return self.num_ops > 0


@dataclass(frozen=True)
class RandomErasingConfig(Section):
    """Random erasing (Zhong et al. 2020): a rectangle of random size and form is set to the mean colour."""

    probability: float = 0.5
    """Probability with which an image is changed, in [0, 1]; 0: never."""
    scale_min: float = 0.02
    """Least area of the rectangle, as a share of the image, in (0, scale_max]."""
    scale_max: float = 0.33
    """Largest area of the rectangle, as a share of the image, in (0, 1]."""
    ratio_min: float = 0.3
    """Least height of the rectangle, divided by its width, in (0, ratio_max]."""
    ratio_max: float = 3.3
    """Largest height of the rectangle, divided by its width, > 0."""

    def __post_init__(self) -> None:
        require(0.0 <= self.probability <= 1.0, "probability", "must be in [0, 1]", self.probability)
        require_ranges(self.scale_min, self.scale_max, self.ratio_min, self.ratio_max)

    @property
    def acts(self) -> bool:
        """Whether any image is changed."""
        return self.probability > 0.0


def require_ranges(scale_min: float, scale_max: float, ratio_min: float, ratio_max: float) -> None:
    """Check the ranges of a random rectangle. Raises: ConfigError."""
    require(0.0 < scale_max <= 1.0, "scale_max", "must be in (0, 1]", scale_max)
    require(0.0 < scale_min <= scale_max, "scale_min", f"must be in (0, scale_max], with {scale_max=:g}", scale_min)
    require(0.0 < ratio_max < INFINITY, "ratio_max", "must be > 0 and finite", ratio_max)
    require(0.0 < ratio_min <= ratio_max, "ratio_min", f"must be in (0, ratio_max], with {ratio_max=:g}", ratio_min)


@dataclass(frozen=True)
class AugmentationConfig(Section):
    """Random changes to the training images. They depend on training.seed and the epoch only."""

    crop_padding: Annotated[int, AtMost(8192)] = 0
    """Pixels of black added at each edge before a random crop back to the original size, in [0, 8192]; 0 (default): no
    crop."""
    horizontal_flip: bool | str = False
    """true: each image is mirrored with probability 1/2. alternating: each image is mirrored in every second epoch.
    false (default): never."""
    rotation: float = 0.0
    """Largest angle in degrees of a random rotation about the image's centre, in [0, 180]; 0 (default): no rotation."""
    cutout: Annotated[int, AtMost(8192)] = 0
    """Side in pixels of a square that is set to the mean colour at a random place, in [0, 8192]; 0 (default): no
    cutout."""
    random_resized_crop: RandomResizedCropConfig | None = None
    """A random part of each image, resized to the size of the whole, or to crop_size. Default: none."""
    rand_augment: RandAugmentConfig | None = None
    """RandAugment: some of 14 operations on each image. Default: none."""
    color_jitter: ColorJitterConfig | None = None
    """Random brightness, contrast, saturation and hue. Default: none."""
    gamma: GammaConfig | None = None
    """Random gamma. Default: none."""
    random_erasing: RandomErasingConfig | None = None
    """A random rectangle that is set to the mean colour. Default: none."""
    mixup: float | None = None
    """mixup (Zhang et al. 2018): each image and its label are mixed with another one's. alpha of the distribution
    Beta(alpha, alpha) of the shares, in [0, 1000]; small values mix little; 0 or left out: no mixup. With cutmix too,
    each mini-batch gets one of the two with probability 1/2."""
    cutmix: float | None = None
    """CutMix (Yun et al. 2019): a rectangle of each image is taken from another one, and the labels are mixed by area.
    alpha of the distribution Beta(alpha, alpha) of the share that stays, in [0, 1000]; the paper has 1; 0 or left
    out: no cutmix."""
    crop_size: Annotated[int, AtMost(8192)] | None = None
    """Height and width in pixels of the images that the model sees, in [1, 8192] and no more than the images have.
    Training takes a random square of this size, or the part of random_resized_crop in this size, and evaluation the
    square in the middle. Default: the model sees whole images."""

    def __post_init__(self) -> None:
        require(self.crop_size is None or self.crop_size >= 1, "crop_size", "must be >= 1", self.crop_size)
        require(self.crop_padding >= 0, "crop_padding", "must be >= 0", self.crop_padding)
        flips, rule = (False, True, "alternating"), "must be true, false or alternating"
        require(self.horizontal_flip in flips, "horizontal_flip", rule, self.horizontal_flip)
        require(0.0 <= self.rotation <= 180.0, "rotation", "must be in [0, 180]", self.rotation)
        require(self.cutout >= 0, "cutout", "must be >= 0", self.cutout)
        self.check_bounds()
        for name in ("mixup", "cutmix"):
            alpha = getattr(self, name)
            require(alpha is None or 0.0 <= alpha <= 1000.0, name, "must be in [0, 1000]", alpha)
            if alpha == 0.0:
                object.__setattr__(self, name, None)  # what does nothing is one config with one address
        for name in ("rand_augment", "color_jitter", "gamma", "random_erasing"):
            section = getattr(self, name)
            if section is not None and not section.acts:
                object.__setattr__(self, name, None)

    def check(self, channels: int, size: int) -> None:
        """Refuse changes that images with so many channels and pixels a side cannot have. Raises: ConfigError."""
        rule = f"must be <= {size}, the height and width of the images"
        require(self.crop_size is None or self.crop_size <= size, "crop_size", rule, self.crop_size)
        if self.color_jitter is not None:
            try:
                self.color_jitter.check(channels)
            except ConfigError as error:
                raise error.within("color_jitter") from None

    def seen(self, size: int) -> int:
        """Height and width of the images that the model sees, for images of `size` pixels a side."""
        return size if self.crop_size is None else self.crop_size

    @property
    def mixes(self) -> bool:
        """Whether images are mixed with others, so that a label is no longer one class."""
        return self.mixup is not None or self.cutmix is not None
