"""The settings of the training, apart from radius, scale and timing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated

from trainables.core.settings.augmentation_config import AugmentationConfig
from trainables.core.settings.lr_schedule_config import LR_SCHEDULES, LR_SCHEDULES_BY_NAME, LrScheduleConfig
from trainables.core.settings.optimizer_config import OptimizerConfig
from trainables.core.settings.section import AtMost, ConfigError, Epochs, OneOf, Section, Seed, one_of, require

PRECISIONS = ("fp32", "bf16")
STEPS = ("reference", "fused")
AUTO, AUTO_STEP = "auto", "fused"
"""The value with which a user leaves the choice of `step` to the program, and the step that the program then takes.
The fused step replays a recorded CUDA graph on a GPU and works in cache-sized blocks on a CPU. Where neither is
possible, it computes formula by formula."""
SHUFFLES = ("images", "blocks")
MEMORY_FORMATS = ("channels_last", "contiguous")
BN_STATS = ("both", "first")
CLASS_WEIGHTS = ("balanced",)
DEFAULT_MOMENTUM = 0.9


@dataclass(frozen=True)
class TrainingConfig(Section):
    """How a trial is trained, apart from its radius, scale and timing."""

    epochs: Epochs
    """Number of passes over the training images, in [1, 100000]."""
    batch_size: Annotated[int, AtMost(1_000_000)]
    """Number of images in a mini-batch, in [1, 1000000] and at most the number of training images."""
    lr: float
    """Learning rate in the first epoch, > 0. With a warm-up or one_cycle, it is the largest one instead."""
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    """The base update under every method: SGD with momentum (default) or AdamW."""
    momentum: float = DEFAULT_MOMENTUM
    """Factor by which the momentum buffer is multiplied in each step, in [0, 1). 0.9 is the usual value for SGD. AdamW
    does not use it: leave it out there."""
    weight_decay: float = 5e-4
    """Weight decay, >= 0: this factor times the weights is added to the update direction, after PUGD's normalisation.
    5e-4 is the usual value for CIFAR. AdamW multiplies the weights by 1 - lr * weight_decay instead."""
    clip_grad_norm: float | None = None
    """Largest global norm of a gradient, > 0. Each gradient of a step is clipped to it as soon as it is computed: g at
    the weights and g_star at the perturbed weights, before PUGD combines them to the unit gradient. An ngd epoch, which
    takes the unit gradient of g alone, is not changed by it. No clipping when left out."""
    label_smoothing: float = 0.0
    """Label smoothing, in [0, 1): the part of each label that is spread evenly over all classes. 0 (default): none. The
    training loss in the tables is the cross-entropy without it."""
    class_weights: Annotated[str, OneOf(CLASS_WEIGHTS)] | None = None
    """balanced: in the training loss, an image of class c has the weight n / (k * n_c), for n training images of k
    classes, of which n_c are of class c. All images count alike when left out. The training loss in the tables is the
    cross-entropy without weights."""
    ema: float | None = None
    """Decay of the moving average of the weights, in (0, 1), such as 0.999: after each step, average = ema * average +
    (1 - ema) * weights. The average, with averaged BatchNorm statistics, is what is validated, tested and exported. The
    training itself goes on with the weights. No average when left out."""
    freeze_epochs: Epochs = 0
    """Number of first epochs in which only the last layer learns, >= 0 and < epochs; the other layers and their
    BatchNorm statistics do not change. For pretrained models. 0 (default): all layers learn from the first epoch on."""
    head_lr_factor: float = 1.0
    """The last layer's learning rate is this factor times the others', > 0. Use more than 1 when the other layers are
    pretrained; 1 (default) treats all layers alike."""
    lr_schedule: Annotated[str, OneOf(LR_SCHEDULES_BY_NAME)] | LrScheduleConfig = "cosine"
    """How the learning rate changes over the epochs: a section, or one of the names constant, cosine, linear and
    one_cycle. cosine and linear alone fall to 0 at the end of training."""
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    """Random changes to the training images. Default: none."""
    step: Annotated[str, OneOf((AUTO, *STEPS))] = AUTO
    """How a training step is computed: reference (one formula after the other), fused (faster, the same up to rounding:
    in cache-sized blocks on a CPU, as one recorded CUDA graph on a GPU) or auto (default: fused; the sweep and its
    trials record the step that was chosen)."""
    precision: Annotated[str, OneOf(PRECISIONS)] = "fp32"
    """Number format of the forward and backward pass: fp32, or bf16 (torch's autocast, faster on recent GPUs). Weights
    and norms are fp32 in both."""
    shuffle: Annotated[str, OneOf(SHUFFLES)] = "images"
    """Order of the images in an epoch: images (any order) or blocks (nearly any order, but neighbours are read
    together, which is faster when the images do not fit into memory)."""
    memory_format: Annotated[str, OneOf(MEMORY_FORMATS)] = "channels_last"
    """Order of the dimensions of weights and images in memory: channels_last (default: faster for most convolutional
    models) or contiguous."""
    bn_stats: Annotated[str, OneOf(BN_STATS)] = "both"
    """Which forward passes of a PUGD step update BatchNorm's running statistics: both (default, as in the published
    code) or first (only the pass at the unperturbed weights)."""
    reset_momentum: bool = False
    """true sets the momentum buffer (of AdamW: all its averages) to zero when PUGD starts; false (default, as
    published) keeps it."""
    seed: Seed = 0
    """Seed of the initial weights, the image order, the augmentation and dropout, in [0, 2**53)."""

    def __post_init__(self) -> None:
        require(self.epochs >= 1, "epochs", "must be >= 1", self.epochs)
        require(self.batch_size >= 1, "batch_size", "must be >= 1", self.batch_size)
        rule = "must be >= 2 for mixup and cutmix, which mix the images of a mini-batch"
        require(self.batch_size >= 2 or not self.augmentation.mixes, "batch_size", rule, self.batch_size)
        require(0.0 < self.lr < float("inf"), "lr", "must be > 0 and finite", self.lr)
        factor = self.head_lr_factor
        require(0.0 < factor < float("inf"), "head_lr_factor", "must be > 0 and finite", factor)
        require(0.0 <= self.momentum < 1.0, "momentum", "must be in [0, 1)", self.momentum)
        require(0.0 <= self.weight_decay < float("inf"), "weight_decay", "must be >= 0 and finite", self.weight_decay)
        if isinstance(self.lr_schedule, str):
            require(self.lr_schedule in LR_SCHEDULES, "lr_schedule", one_of(LR_SCHEDULES), self.lr_schedule)
        with _within("lr_schedule"):
            self.schedule.check(self.lr, self.epochs)
        with _within("optimizer"):
            self.optimizer.check(self.momentum, self.weight_decay)
        unused = self.optimizer.name == "adamw" and self.momentum != DEFAULT_MOMENTUM
        require(not unused, "momentum", "is not used by adamw: leave it out", self.momentum)
        most, smoothing, decay = self.clip_grad_norm, self.label_smoothing, self.ema
        require(most is None or 0.0 < most < float("inf"), "clip_grad_norm", "must be > 0 and finite", most)
        require(0.0 <= smoothing < 1.0, "label_smoothing", "must be in [0, 1)", smoothing)
        known = self.class_weights in (None, *CLASS_WEIGHTS)
        require(known, "class_weights", f"must be {CLASS_WEIGHTS[0]}, or be left out", self.class_weights)
        require(decay is None or 0.0 < decay < 1.0, "ema", "must be in (0, 1)", decay)
        rule = f"must be >= 0 and < epochs ({self.epochs})"
        require(0 <= self.freeze_epochs < self.epochs, "freeze_epochs", rule, self.freeze_epochs)
        require(self.precision in PRECISIONS, "precision", one_of(PRECISIONS), self.precision)
        require(self.step in (AUTO, *STEPS), "step", one_of((AUTO, *STEPS)), self.step)
        require(self.shuffle in SHUFFLES, "shuffle", one_of(SHUFFLES), self.shuffle)
        formats = MEMORY_FORMATS
        require(self.memory_format in formats, "memory_format", one_of(formats), self.memory_format)
        require(self.bn_stats in BN_STATS, "bn_stats", one_of(BN_STATS), self.bn_stats)
        require(self.seed >= 0, "seed", "must be >= 0", self.seed)
        self.check_bounds()

    @property
    def schedule(self) -> LrScheduleConfig:
        """The learning rate schedule as a section, also where only its name is given."""
        return _named(self.lr_schedule) if isinstance(self.lr_schedule, str) else self.lr_schedule

    def stretched(self, epochs: int) -> "TrainingConfig":
        """Return these settings for another number of epochs. What is given in epochs is stretched along with it."""
        given = self.lr_schedule
        if isinstance(given, LrScheduleConfig):
            given = given.stretched(self.epochs, epochs)
        frozen = min(round(self.freeze_epochs * epochs / self.epochs), epochs - 1)
        return replace(self, epochs=epochs, lr_schedule=given, freeze_epochs=frozen)

    def settled(self) -> "TrainingConfig":
        """Return these settings with step auto replaced by the step that it stands for."""
        return replace(self, step=AUTO_STEP) if self.step == AUTO else self


@contextmanager
def _within(section: str) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        raise error.within(section) from None


@cache
def _named(name: str) -> LrScheduleConfig:
    return LrScheduleConfig(name)
