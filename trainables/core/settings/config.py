"""The frozen, typed settings of one trial, checked once and carried unchanged from sweep file to table."""

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
"""Every schedule shape with the parameters that it uses, in the order in which they are drawn."""

RULE_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "epoch": ("switch_epoch",),
        "gradient_variance": ("window", "decay", "start"),
        "generalization_gap": ("base_epochs", "ratio", "period"),
    }
)
"""Every switch rule with the parameters that it uses, in the order in which they are drawn."""

PERTURBATION_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {"pugd": (), "sam": (), "asam": ("eta",), "amp": ("inner_lr", "inner_steps")}
)
"""Every perturbation with the parameters that it uses besides the radius."""

ORIGINS = ("training", "switch")
LR_SCHEDULES = ("constant", "cosine", "linear")
PRECISIONS = ("fp32", "bf16")
STEPS = ("reference", "fused")
AUTO, AUTO_STEP = "auto", "fused"
"""The word for a step that is chosen for the user, and the step that it stands for in every trial: on a GPU the
recorded graph, on a CPU blocks in its cache. Where one cannot be, it computes formula by formula."""
SHUFFLES = ("images", "blocks")
MEMORY_FORMATS = ("channels_last", "contiguous")
BN_STATS = ("both", "first")
BSCONVS = ("u", "s")
DEFAULT_WEIGHTS = "default"


def _require_exactly(section: object, used: tuple[str, ...], of: str) -> None:
    """Every used parameter is given, no other is."""
    for item in fields(section):  # type: ignore[arg-type]
        value = getattr(section, item.name)
        if item.default is None and item.name in used:
            require(value is not None, item.name, f"is needed by {of}", value)
        elif item.default is None:
            require(value is None, item.name, f"is not used by {of}: leave it out", value)


@dataclass(frozen=True)
class DatasetConfig(Section):
    """Which images, and how they are split."""

    name: str
    """digits, cifar10, cifar100, imagefolder, tiny_imagenet, flowers102 or stanford_cars."""
    root: str | None = None
    """Folder of an imagefolder, or that which holds the published archive's folder, such as flowers-102; digits needs
    none."""
    download: bool = False
    """Whether cifar10 and cifar100 may be fetched into `root`."""
    val_fraction: float = 0.2
    """Share of the training images that becomes the validation part, in (0, 1)."""
    split_seed: int = 0
    """Seed of the stratified split, >= 0; it does not change with the trial's seed."""
    num_train: int | None = None
    """Keep only this many training images (stratified), >= 1; all when absent."""
    image_size: int | None = None
    """Images of an imagefolder, tiny_imagenet, flowers102 or stanford_cars are resized to this height and width in
    pixels, >= 1; as they are when absent, if all have one size."""

    def __post_init__(self) -> None:
        require(0.0 < self.val_fraction < 1.0, "val_fraction", "must be in (0, 1)", self.val_fraction)
        require(self.split_seed >= 0, "split_seed", "must be >= 0", self.split_seed)
        require(self.num_train is None or self.num_train >= 1, "num_train", "must be >= 1", self.num_train)
        require(self.image_size is None or self.image_size >= 1, "image_size", "must be >= 1", self.image_size)


@dataclass(frozen=True)
class ModelConfig(Section):
    """Which classifier is trained."""

    name: str
    """small, upanet16, resnet18 to resnet152, torchvision/NAME, timm/NAME (extra `timm`) or package.module:function."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments for the model's builder."""
    bsconv: str | None = None
    """u or s: the model's 3x3 and 5x5 convolutions become blueprint separable ones, unconstrained or in a subspace of a
    quarter of their channels, which adds a regularisation to the loss; as they are when absent."""
    pretrained: str | None = None
    """Weights to begin with, of all layers but a head for other classes: default (what torchvision or timm publish) or
    a .safetensors, .pt or .pth file; those of the seed when absent."""

    def __post_init__(self) -> None:
        require(self.bsconv in (None, *BSCONVS), "bsconv", one_of(BSCONVS), self.bsconv)
        rule = "must be left out with pretrained default, whose convolutions are standard ones: name a file"
        require(self.bsconv is None or self.pretrained != DEFAULT_WEIGHTS, "bsconv", rule, self.bsconv)


@dataclass(frozen=True)
class AugmentationConfig(Section):
    """Random changes to the training images, drawn from (seed, epoch) alone."""

    crop_padding: int = 0
    """Zero padding in pixels before a random crop back to the original size, >= 0; 0 is no crop."""
    horizontal_flip: bool | str = False
    """true (each image is mirrored with probability one half), alternating (in every second epoch) or false."""
    rotation: float = 0.0
    """Largest angle in degrees of a random rotation about the middle, in [0, 180]; 0 is no rotation."""
    cutout: int = 0
    """Side in pixels of a square that is set to the mean colour at a random place, >= 0; 0 is no cutout."""

    def __post_init__(self) -> None:
        require(self.crop_padding >= 0, "crop_padding", "must be >= 0", self.crop_padding)
        flips, rule = (False, True, "alternating"), "must be true, false or alternating"
        require(self.horizontal_flip in flips, "horizontal_flip", rule, self.horizontal_flip)
        require(0.0 <= self.rotation <= 180.0, "rotation", "must be in [0, 180]", self.rotation)
        require(self.cutout >= 0, "cutout", "must be >= 0", self.cutout)


@dataclass(frozen=True)
class TrainingConfig(Section):
    """How a trial is trained, apart from radius, scale and timing."""

    epochs: int
    """Number of passes over the training images, >= 1."""
    batch_size: int
    """Images of one mini-batch, >= 1."""
    lr: float
    """Learning rate at the start, > 0."""
    momentum: float = 0.9
    """Momentum factor in [0, 1)."""
    weight_decay: float = 5e-4
    """Weight decay added after the normalisation, >= 0."""
    head_lr_factor: float = 1.0
    """Factor of the learning rate in the model's head, its last layer, > 0; above 1 where the rest is pretrained."""
    lr_schedule: str = "cosine"
    """constant, cosine (to 0 at the end of training) or linear (to 0 at the end of training)."""
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    step: str = AUTO
    """How a step is computed: reference (formula after formula), fused (faster and equal up to rounding: block by block
    in a CPU's cache, or on a GPU as one recorded CUDA graph) or auto (fused; a trial and a launched sweep say so)."""
    precision: str = "fp32"
    """fp32, or bf16 autocast with fp32 weights and norms."""
    shuffle: str = "images"
    """images (any order) or blocks (nearly any, and read block by block: for images that the memory does not hold)."""
    memory_format: str = "channels_last"
    """Order of weights and images in memory: channels_last (faster for most convolutional models) or contiguous."""
    bn_stats: str = "both"
    """Which forward passes of a PUGD step update BatchNorm's running statistics: both, or the first alone."""
    reset_momentum: bool = False
    """Whether the momentum buffer is cleared when PUGD starts."""
    seed: int = 0
    """Seed of weights, image order, augmentation and dropout, >= 0."""

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
        """The same without auto."""
        return replace(self, step=AUTO_STEP) if self.step == AUTO else self


@dataclass(frozen=True)
class ScheduleConfig(Section):
    """alpha(t), of the radius or of the scale: its shape and exactly the parameters that the shape uses."""

    shape: str = "constant"
    """A key of SHAPE_PARAMETERS."""
    value: float | None = None
    """constant: the value in every epoch, >= 0."""
    beta_min: float | None = None
    """Lower end of the annealed quantity, >= 0; > 0 for inverse_sine, whose first value is 1 / beta_min."""
    beta_max: float | None = None
    """Upper end of the annealed quantity, > 0 and >= beta_min."""
    origin: str | None = None
    """Where t = 0: `training` (epoch 0) or `switch` (the epoch in which PUGD starts)."""
    T_0: int | None = None
    """cyclic_cosine: epochs of the first cycle, >= 1."""
    T_mult: int | None = None
    """cyclic_cosine: factor between the lengths of successive cycles, >= 1."""
    step_size: int | None = None
    """step: epochs between two decays, >= 1."""
    gamma: float | None = None
    """step: factor of each decay, in (0, 1]."""

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
    """When PUGD starts: the rule and exactly the parameters that it uses."""

    rule: str = "epoch"
    """A key of RULE_PARAMETERS."""
    switch_epoch: int | None = None
    """epoch: the first PUGD epoch, in [0, epochs]; 0 is pure PUGD, = epochs is pure SGD."""
    window: int | None = None
    """gradient_variance: number of mini-batches over which the variance of the gradient norm is taken, >= 2."""
    decay: float | None = None
    """gradient_variance: the reference is this factor times the variance over the start, > 0."""
    start: int | None = None
    """gradient_variance: the start is all steps of the first `start` epochs; 0 is the first `window` steps."""
    base_epochs: int | None = None
    """generalization_gap: epochs over which the base gap is averaged, >= 1."""
    ratio: float | None = None
    """generalization_gap: PUGD starts once the gap exceeds this multiple of the base gap, > 0."""
    period: int | None = None
    """generalization_gap: the gap is looked at every `period` epochs, >= 1."""

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
    """Where the second gradient is taken, and with it the method; RTS is a matter of pugd, the others are baselines."""

    kind: str = "pugd"
    """A key of PERTURBATION_PARAMETERS; with sam, asam and amp the scale does not act."""
    eta: float | None = None
    """asam: what is added to the weights' absolute values, >= 0."""
    inner_lr: float | None = None
    """amp: step size of an ascent, > 0."""
    inner_steps: int | None = None
    """amp: ascents of one step, each of which costs a gradient, >= 1."""

    def __post_init__(self) -> None:
        require(self.kind in PERTURBATION_PARAMETERS, "kind", one_of(PERTURBATION_PARAMETERS), self.kind)
        _require_exactly(self, PERTURBATION_PARAMETERS[self.kind], self.kind)
        eta, rate, steps = self.eta, self.inner_lr, self.inner_steps
        require(eta is None or 0.0 <= eta < float("inf"), "eta", "must be >= 0 and finite", eta)
        require(rate is None or 0.0 < rate < float("inf"), "inner_lr", "must be > 0 and finite", rate)
        require(steps is None or steps >= 1, "inner_steps", "must be >= 1", steps)

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of one step away from radius 0."""
        return 1 + (self.inner_steps or 1)


@dataclass(frozen=True)
class TrialConfig(Section):
    """Everything that one trial is: plain SGD, NGD, PUGD and every RTS setting are points of it."""

    dataset: DatasetConfig
    model: ModelConfig
    training: TrainingConfig
    radius: ScheduleConfig = field(default_factory=lambda: ScheduleConfig(value=1.0))
    scale: ScheduleConfig = field(default_factory=lambda: ScheduleConfig(value=1.0))
    timing: TimingConfig = field(default_factory=lambda: TimingConfig(switch_epoch=0))
    perturbation: PerturbationConfig = field(default_factory=PerturbationConfig)

    def __post_init__(self) -> None:
        # Addresses, tables and exports hold what was computed, whatever auto may come to mean.
        object.__setattr__(self, "training", self.training.settled())
        switch, epochs = self.timing.switch_epoch, self.training.epochs
        rule = f"must be <= training.epochs ({epochs})"
        require(switch is None or switch <= epochs, "timing.switch_epoch", rule, switch)
