"""The settings of one trial: frozen, typed, and checked once, when they are made."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from trainables.core.settings.section import Section, one_of, require

SHAPE_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "constant": ("value",),
        "cosine": ("beta_min", "beta_max", "origin"),
        "inverse_sine": ("beta_min", "beta_max", "origin"),
        "sine": ("beta_min", "beta_max", "origin"),
        "inverse_cosine": ("beta_min", "beta_max", "origin"),
        "cyclic_cosine": ("beta_min", "beta_max", "origin", "T_0", "T_mult"),
        "linear": ("beta_min", "beta_max", "origin"),
        "step": ("beta_max", "origin", "step_size", "gamma"),
    }
)
"""Schedule shape -> the parameters that it uses, in the order in which a search space draws them."""

RULE_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "epoch": ("switch_epoch",),
        "gradient_variance": ("window", "decay", "start"),
        "generalization_gap": ("base_epochs", "ratio", "period"),
    }
)
"""Switch rule -> the parameters that it uses, in the order in which a search space draws them."""

PERTURBATION_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {"pugd": (), "sam": (), "asam": ("eta",), "amp": ("inner_lr", "inner_steps")}
)
"""Perturbation -> the parameters that it uses besides the radius."""

ORIGINS = ("training", "switch")
LR_SCHEDULES = ("constant", "cosine", "linear")
PRECISIONS = ("fp32", "bf16")
STEPS = ("reference", "fused")
AUTO, AUTO_STEP = "auto", "fused"
"""The value with which a user leaves the choice of `step` to the program, and the step that the program then takes.
The fused step replays a recorded CUDA graph on a GPU and works in cache-sized blocks on a CPU. Where neither is
possible, it computes formula by formula."""
SHUFFLES = ("images", "blocks")
MEMORY_FORMATS = ("channels_last", "contiguous")
BN_STATS = ("both", "first")
BSCONVS = ("u", "s")
DEFAULT_WEIGHTS = "default"


def _require_exactly(section: object, used: tuple[str, ...], of: str) -> None:
    """Refuse a section that lacks a parameter from `used`, or that sets an optional one outside of it."""
    for item in fields(section):  # type: ignore[arg-type]
        value = getattr(section, item.name)
        if item.default is None and item.name in used:
            require(value is not None, item.name, f"is needed by {of}", value)
        elif item.default is None:
            require(value is None, item.name, f"is not used by {of}: leave it out", value)


@dataclass(frozen=True)
class DatasetConfig(Section):
    """The images, and how they are split into training, validation and test part."""

    name: str
    """Name of the data set: digits, cifar10, cifar100, imagefolder, tiny_imagenet, flowers102 or stanford_cars."""
    root: str | None = None
    """Folder of the images. For an imagefolder, the folder with train and test; for the others, the folder in which the
    published archive was unpacked, so that it holds, for example, flowers-102. Leave it out for digits."""
    download: bool = False
    """true downloads cifar10 or cifar100 into `root` when it is not there yet; false (default) never downloads."""
    val_fraction: float = 0.2
    """Fraction of the training images that is held out as the validation part, in (0, 1). Trials are compared on the
    validation part, so a small one makes the comparison noisy and a large one leaves less to train on."""
    split_seed: int = 0
    """Seed of the split into training and validation part, >= 0. Both parts have every class in equal proportion. It is
    apart from training.seed, so that runs with other seeds use the same split."""
    num_train: int | None = None
    """Train on only this many of the training images, with every class in proportion; at least one per class. Leave it
    out to train on all."""
    image_size: int | None = None
    """Height and width in pixels, >= 1, to which images of an imagefolder, tiny_imagenet, flowers102 or stanford_cars
    are resized. It may be left out only if all images are square and of one size."""

    def __post_init__(self) -> None:
        require(0.0 < self.val_fraction < 1.0, "val_fraction", "must be in (0, 1)", self.val_fraction)
        require(self.split_seed >= 0, "split_seed", "must be >= 0", self.split_seed)
        require(self.num_train is None or self.num_train >= 1, "num_train", "must be >= 1", self.num_train)
        require(self.image_size is None or self.image_size >= 1, "image_size", "must be >= 1", self.image_size)


@dataclass(frozen=True)
class ModelConfig(Section):
    """The classifier that is trained."""

    name: str
    """Name of the model: small, upanet16, resnet18, resnet34, resnet50, resnet101, resnet152, torchvision/NAME,
    timm/NAME (install the extra `timm`), or package.module:function for a function of your own that returns a model."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments for the function that builds the model, such as width for small. Default: none."""
    bsconv: str | None = None
    """Replace the model's 3x3 and 5x5 convolutions by blueprint separable convolutions: u (unconstrained) or s
    (subspace: through a quarter of the input channels, with a regularisation term in the loss). Leave it out to keep
    the model's own convolutions."""
    pretrained: str | None = None
    """Weights that training starts from: default (the weights that torchvision or timm publish) or the path of a
    .safetensors, .pt or .pth file. The last layer is not loaded when its shape is another, as for other classes. Leave
    it out to start from random weights."""

    def __post_init__(self) -> None:
        require(self.bsconv in (None, *BSCONVS), "bsconv", one_of(BSCONVS), self.bsconv)
        rule = "must be left out with pretrained default, which has weights of standard convolutions: name a file"
        require(self.bsconv is None or self.pretrained != DEFAULT_WEIGHTS, "bsconv", rule, self.bsconv)


@dataclass(frozen=True)
class AugmentationConfig(Section):
    """Random changes to the training images. They depend on training.seed and the epoch only."""

    crop_padding: int = 0
    """Pixels of black added at each edge before a random crop back to the original size, >= 0; 0 (default): no crop."""
    horizontal_flip: bool | str = False
    """true: each image is mirrored with probability 1/2. alternating: each image is mirrored in every second epoch.
    false (default): never."""
    rotation: float = 0.0
    """Largest angle in degrees of a random rotation about the image's centre, in [0, 180]; 0 (default): no rotation."""
    cutout: int = 0
    """Side in pixels of a square that is set to the mean colour at a random place, >= 0; 0 (default): no cutout."""

    def __post_init__(self) -> None:
        require(self.crop_padding >= 0, "crop_padding", "must be >= 0", self.crop_padding)
        flips, rule = (False, True, "alternating"), "must be true, false or alternating"
        require(self.horizontal_flip in flips, "horizontal_flip", rule, self.horizontal_flip)
        require(0.0 <= self.rotation <= 180.0, "rotation", "must be in [0, 180]", self.rotation)
        require(self.cutout >= 0, "cutout", "must be >= 0", self.cutout)


@dataclass(frozen=True)
class TrainingConfig(Section):
    """How a trial is trained, apart from its radius, scale and timing."""

    epochs: int
    """Number of passes over the training images, >= 1."""
    batch_size: int
    """Number of images in a mini-batch, >= 1."""
    lr: float
    """Learning rate in the first epoch, > 0."""
    momentum: float = 0.9
    """Factor by which the momentum buffer is multiplied in each step, in [0, 1). 0.9 is the usual value for SGD."""
    weight_decay: float = 5e-4
    """Weight decay, >= 0: this factor times the weights is added to the update direction, after PUGD's normalisation.
    5e-4 is the usual value for CIFAR."""
    head_lr_factor: float = 1.0
    """The last layer's learning rate is this factor times the others', > 0. Use more than 1 when the other layers are
    pretrained; 1 (default) treats all layers alike."""
    lr_schedule: str = "cosine"
    """How the learning rate changes over the epochs: constant, cosine or linear. The last two fall to 0 at the end of
    training."""
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    """Random changes to the training images. Default: none."""
    step: str = AUTO
    """How a training step is computed: reference (one formula after the other), fused (faster, the same up to rounding:
    in cache-sized blocks on a CPU, as one recorded CUDA graph on a GPU) or auto (default: fused; the sweep and its
    trials record the step that was chosen)."""
    precision: str = "fp32"
    """Number format of the forward and backward pass: fp32, or bf16 (torch's autocast, faster on recent GPUs). Weights
    and norms are fp32 in both."""
    shuffle: str = "images"
    """Order of the images in an epoch: images (any order) or blocks (nearly any order, but neighbours are read
    together, which is faster when the images do not fit into memory)."""
    memory_format: str = "channels_last"
    """Order of the dimensions of weights and images in memory: channels_last (default: faster for most convolutional
    models) or contiguous."""
    bn_stats: str = "both"
    """Which forward passes of a PUGD step update BatchNorm's running statistics: both (default, as in the published
    code) or first (only the pass at the unperturbed weights)."""
    reset_momentum: bool = False
    """true sets the momentum buffer to zero when PUGD starts; false (default, as published) keeps it."""
    seed: int = 0
    """Seed of the initial weights, the image order, the augmentation and dropout, >= 0."""

    def __post_init__(self) -> None:
        require(self.epochs >= 1, "epochs", "must be >= 1", self.epochs)
        require(self.batch_size >= 1, "batch_size", "must be >= 1", self.batch_size)
        require(0.0 < self.lr < float("inf"), "lr", "must be > 0 and finite", self.lr)
        factor = self.head_lr_factor
        require(0.0 < factor < float("inf"), "head_lr_factor", "must be > 0 and finite", factor)
        require(0.0 <= self.momentum < 1.0, "momentum", "must be in [0, 1)", self.momentum)
        require(0.0 <= self.weight_decay < float("inf"), "weight_decay", "must be >= 0 and finite", self.weight_decay)
        require(self.lr_schedule in LR_SCHEDULES, "lr_schedule", one_of(LR_SCHEDULES), self.lr_schedule)
        require(self.precision in PRECISIONS, "precision", one_of(PRECISIONS), self.precision)
        require(self.step in (AUTO, *STEPS), "step", one_of((AUTO, *STEPS)), self.step)
        require(self.shuffle in SHUFFLES, "shuffle", one_of(SHUFFLES), self.shuffle)
        formats = MEMORY_FORMATS
        require(self.memory_format in formats, "memory_format", one_of(formats), self.memory_format)
        require(self.bn_stats in BN_STATS, "bn_stats", one_of(BN_STATS), self.bn_stats)
        require(self.seed >= 0, "seed", "must be >= 0", self.seed)

    def settled(self) -> "TrainingConfig":
        """Return these settings with step auto replaced by the step that it stands for."""
        return replace(self, step=AUTO_STEP) if self.step == AUTO else self


@dataclass(frozen=True)
class ScheduleConfig(Section):
    """The radius or the scale as a function alpha(t) of the epoch: a shape, and exactly the parameters that it uses."""

    shape: str = "constant"
    """constant, cosine, inverse_sine, sine, inverse_cosine, cyclic_cosine, linear or step."""
    value: float | None = None
    """For constant: the value in every epoch, >= 0."""
    beta_min: float | None = None
    """Smallest value of the shape, >= 0. The inverse shapes move between 1 / beta_max and 1 / beta_min instead;
    inverse_sine begins at 1 / beta_min, so there it must be > 0."""
    beta_max: float | None = None
    """Largest value of the shape, > 0 and >= beta_min. step begins with it."""
    origin: str | None = None
    """The epoch in which the schedule begins (t = 0): training (default: epoch 0) or switch (the first PUGD epoch)."""
    T_0: int | None = None
    """For cyclic_cosine: length of the first cycle in epochs, >= 1."""
    T_mult: int | None = None
    """For cyclic_cosine: each cycle is this many times as long as the one before, >= 1."""
    step_size: int | None = None
    """For step: the value is multiplied by gamma after every `step_size` epochs, >= 1."""
    gamma: float | None = None
    """For step: the factor by which the value is multiplied, in (0, 1]."""

    def __post_init__(self) -> None:
        require(self.shape in SHAPE_PARAMETERS, "shape", one_of(SHAPE_PARAMETERS), self.shape)
        if self.shape != "constant" and self.origin is None:
            object.__setattr__(self, "origin", "training")
        _require_exactly(self, SHAPE_PARAMETERS[self.shape], self.shape)
        for name in ("value", "beta_min", "beta_max"):
            number = getattr(self, name)
            require(number is None or 0.0 <= number < float("inf"), name, "must be >= 0 and finite", number)
        if self.shape == "inverse_sine":
            require(bool(self.beta_min), "beta_min", "must be > 0 for inverse_sine", self.beta_min)
        if self.beta_max is not None:
            require(self.beta_max > 0.0, "beta_max", "must be > 0", self.beta_max)
        if self.beta_min is not None and self.beta_max is not None:
            rule = f"must be <= beta_max ({self.beta_max})"
            require(self.beta_min <= self.beta_max, "beta_min", rule, self.beta_min)
        require(self.origin in (None, *ORIGINS), "origin", one_of(ORIGINS), self.origin)
        for name in ("T_0", "T_mult", "step_size"):
            count = getattr(self, name)
            require(count is None or count >= 1, name, "must be >= 1", count)
        require(self.gamma is None or 0.0 < self.gamma <= 1.0, "gamma", "must be in (0, 1]", self.gamma)


@dataclass(frozen=True)
class TimingConfig(Section):
    """When training changes from SGD to PUGD: a rule, and exactly the parameters that it uses."""

    rule: str = "epoch"
    """epoch, gradient_variance or generalization_gap."""
    switch_epoch: int | None = None
    """For epoch: the first PUGD epoch, in [0, training.epochs]. 0 is PUGD from the beginning; training.epochs is plain
    SGD."""
    window: int | None = None
    """For gradient_variance: number of mini-batches over which the variance of the gradient norm is taken, >= 2."""
    decay: float | None = None
    """For gradient_variance: PUGD starts when the variance falls below this factor times the variance at the start of
    training, > 0."""
    start: int | None = None
    """For gradient_variance: length in epochs of the start of training, >= 0. 0 takes the first `window` mini-batches
    instead."""
    base_epochs: int | None = None
    """For generalization_gap: the base gap is the mean gap between training and validation loss over this many first
    epochs, >= 1."""
    ratio: float | None = None
    """For generalization_gap: PUGD starts when the gap is larger than this many times the base gap, > 0."""
    period: int | None = None
    """For generalization_gap: the gap is compared after every `period` epochs, >= 1."""

    def __post_init__(self) -> None:
        require(self.rule in RULE_PARAMETERS, "rule", one_of(RULE_PARAMETERS), self.rule)
        _require_exactly(self, RULE_PARAMETERS[self.rule], self.rule)
        for name, least in (("switch_epoch", 0), ("window", 2), ("start", 0), ("base_epochs", 1), ("period", 1)):
            count = getattr(self, name)
            require(count is None or count >= least, name, f"must be >= {least}", count)
        for name in ("decay", "ratio"):
            factor = getattr(self, name)
            require(factor is None or 0.0 < factor < float("inf"), name, "must be > 0 and finite", factor)


@dataclass(frozen=True)
class PerturbationConfig(Section):
    """The method that decides where a step takes its second gradient: pugd, or one of the baselines."""

    kind: str = "pugd"
    """pugd, sam, asam or amp. The scale is used by pugd only."""
    eta: float | None = None
    """For asam: added to the absolute values of the weights, >= 0."""
    inner_lr: float | None = None
    """For amp: step size of one ascent, > 0."""
    inner_steps: int | None = None
    """For amp: number of ascents in a step, >= 1. Each costs one gradient evaluation."""

    def __post_init__(self) -> None:
        require(self.kind in PERTURBATION_PARAMETERS, "kind", one_of(PERTURBATION_PARAMETERS), self.kind)
        _require_exactly(self, PERTURBATION_PARAMETERS[self.kind], self.kind)
        eta, rate, steps = self.eta, self.inner_lr, self.inner_steps
        require(eta is None or 0.0 <= eta < float("inf"), "eta", "must be >= 0 and finite", eta)
        require(rate is None or 0.0 < rate < float("inf"), "inner_lr", "must be > 0 and finite", rate)
        require(steps is None or steps >= 1, "inner_steps", "must be >= 1", steps)

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of one step with a radius > 0."""
        return 1 + (self.inner_steps or 1)


@dataclass(frozen=True)
class TrialConfig(Section):
    """All settings of one trial. Plain SGD, NGD and PUGD are special cases: only their radius and timing differ."""

    dataset: DatasetConfig
    """The images and their split."""
    model: ModelConfig
    """The classifier."""
    training: TrainingConfig
    """Epochs, batch size, learning rate and the rest of the training."""
    radius: ScheduleConfig = field(default_factory=lambda: ScheduleConfig(value=1.0))
    """The perturbation radius over the epochs. Default: 1, as in plain PUGD."""
    scale: ScheduleConfig = field(default_factory=lambda: ScheduleConfig(value=1.0))
    """The weight of the unperturbed gradient over the epochs. Default: 1, as in plain PUGD."""
    timing: TimingConfig = field(default_factory=lambda: TimingConfig(switch_epoch=0))
    """When PUGD starts. Default: in epoch 0."""
    perturbation: PerturbationConfig = field(default_factory=PerturbationConfig)
    """The method that perturbs the weights. Default: pugd."""

    def __post_init__(self) -> None:
        # Addresses, tables and exports record the step that was computed, even if auto means another one later.
        object.__setattr__(self, "training", self.training.settled())
        switch, epochs = self.timing.switch_epoch, self.training.epochs
        rule = f"must be <= training.epochs ({epochs})"
        require(switch is None or switch <= epochs, "timing.switch_epoch", rule, switch)
