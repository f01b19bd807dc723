"""Build a model for its data and try one training step, before a sweep or a training starts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from rts_search.basics.errors import UserError, refused
from rts_search.operations.data_check import load, require_metric
from rts_search.sweep.arms import arms_of
from rts_search.sweep.drawn_settings import trainings
from rts_search.sweep.sweep import SweepFile
from trainables.core.data import Dataset
from trainables.core.models.bsconv import Rewriting, rewriting_of
from trainables.core.models.build import build_model
from trainables.core.optimizer.path_layers import KNOWN
from trainables.core.optimizer.path_network import PathNetwork
from trainables.core.settings.config import ModelConfig, TrainingConfig
from trainables.core.settings.perturbation_config import FIRST_ORDER
from trainables.core.settings.section import ConfigError, first_line, require
from trainables.core.training.freezing import Body

ONLY_THE_STEM = (
    "must be left out for {}, since it would change only the stem ({} of {} convolutions larger than one pixel)"
)


Method = tuple[str, str]
"""A setting, such as `baselines.0.name`, and the method that it names."""
Training = tuple[str, TrainingConfig]
"""The section that holds the section `training`, such as `baselines.0`, empty for the sweep itself; and `training`."""


@dataclass(frozen=True)
class ModelFacts:
    """The size of a model that was built for the data."""

    parameters: int
    """Number of trainable parameters."""
    rewriting: Rewriting
    """What `model.bsconv` has changed."""
    multiply_adds: int
    """Multiply-adds of one image forward: of convolutions, linear layers, and the matrix products of attention. 0 when
    they were not counted, which takes a second."""
    layers: int
    """Number of layers that learn: modules with trainable parameters of their own."""

    def to_dict(self) -> dict[str, int]:
        """Plain values; every name starts with `model_`."""
        changed = self.rewriting
        found = {
            "parameters": self.parameters,
            "rewritten": changed.rewritten,
            "convolutions": changed.spatial,
            "penalised": changed.penalised,
            "multiply_adds": self.multiply_adds,
            "layers": self.layers,
        }
        return {f"model_{name}": value for name, value in found.items()}

    def told(self, config: ModelConfig) -> str:
        """The facts as text, such as `small with 24,346 parameters in 7 layers, 2,470,528 multiply-adds an image`."""
        cost = f", {self.multiply_adds:,} multiply-adds an image" if self.multiply_adds else ""
        bsconv = f", {self.rewriting.told()}" if config.bsconv else ""
        return f"{config.name} with {self.parameters:,} parameters in {self.layers} layers{cost}{bsconv}"


def require_model(
    config: ModelConfig,
    data: Dataset,
    trained: Sequence[Training],
    place: str,
    drawn: Collection[str] = (),
    counts: bool = False,
    first_order: Sequence[Method] = (),
) -> ModelFacts:
    """Build a model for the data, and run it forward and backward once.

    Args:
        config: the model.
        data: the data.
        trained: how it is trained, at least one: its mini-batches, and for how many epochs only its head is.
        place: where the settings come from, for messages.
        drawn: the settings that come from `space.model`, such as options.width, where a mistake in them is reported.
        counts: whether to count multiply-adds.
        first_order: the methods without a perturbation that train it, which ask for known paths.

    Raises: UserError when this fails.
    """
    try:
        sizes = list(dict.fromkeys(training.augmentation.seen(data.image_size) for _, training in trained))
        model = build_model(config, len(data.classes), data.in_channels, sizes[0])
        found = rewriting_of(model)
        rule = ONLY_THE_STEM.format(config.name, found.rewritten, found.spatial)
        require(not found.only_the_stem, "bsconv", rule, config.bsconv)
        batch = min(2, *(training.batch_size for _, training in trained))
        images = [torch.zeros(batch, data.in_channels, size, size) for size in sizes]
        for seen in images:
            model(seen).sum().backward()
        cost = multiply_adds(model, images[0][:1]) if counts else 0
    except ConfigError as error:
        names = error.value if error.place == "options" and isinstance(error.value, dict) else ()
        wrong = {error.place, *(f"options.{name}" for name in names)}
        raise refused(place, error.within("space.model" if wrong & set(drawn) else "model")) from error
    except Exception as error:  # a user's own model may raise anything
        raise UserError(
            f"{place}: model.name: {config.name!r} cannot train on this data: {first_line(error)}"
        ) from error
    for setting, method in first_order:
        for seen in images:
            _require_paths(model, tuple(seen.shape[1:]), config.name, (setting, method), place)
    for within, training in trained:
        try:
            Body(model, training.freeze_epochs)
        except ConfigError as error:
            raise refused(place, _at(within, error)) from error
    parameters = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    layers = sum(any(own.requires_grad for own in module.parameters(recurse=False)) for module in model.modules())
    return ModelFacts(parameters, found, cost, layers)


def _require_paths(model: nn.Module, image: tuple[int, ...], name: str, asked: Method, place: str) -> None:
    """Refuse a model whose paths are not known. `asked`: which setting has which method. Raises: UserError."""
    setting, method = asked
    try:
        PathNetwork(model.train(), image)
    except (ValueError, RuntimeError) as error:
        why = f"cannot train {name}, since {first_line(error)}"
        rule = f"{why}: take a model of {KNOWN}, or leave {method} out"
        raise refused(place, ConfigError(setting, rule, method)) from error


def multiply_adds(model: nn.Module, image: torch.Tensor) -> int:
    """Multiply-adds of the model for a batch of one image, by torch's counter of floating-point operations."""
    from torch.utils.flop_counter import FlopCounterMode  # its import takes a second

    model.eval()
    counter = FlopCounterMode(display=False)
    # With gradients, and attention as plain matrix products: torch's fused forms of both are not counted on a CPU.
    with counter, sdpa_kernel(SDPBackend.MATH):
        model(image)
    return int(counter.get_total_flops()) // 2


def require_trainable(sweep: SweepFile, data: Dataset, counts: bool = False) -> ModelFacts:
    """Check that mini-batches and models of all trials of a sweep fit the data. Returns the facts of its largest model.

    counts: whether to count its multiply-adds.

    Raises:
        UserError: a mini-batch is larger than the training part, the metric says nothing on these data, images cannot
            be changed as asked, or a model cannot be built or trained.
    """
    require_metric(sweep.objective, data, sweep.name)
    drawn = sweep.space.training is not None and sweep.space.training.draws("batch_size")
    place = f"{'space.' if drawn else ''}training.batch_size"
    require_batch(sweep.training.batch_size, data, sweep.name, place)
    possible = possible_trainings(sweep)
    for within, training in possible:
        require_augmentation(training, data, sweep.name, within)
    names = [name for name, _ in sweep.space.model.searched()] if sweep.space.model else []
    asked = (names, counts, _first_order(sweep))
    return [require_model(model, data, possible, sweep.name, *asked) for model in sweep.models][-1]


def require_arm(sweep: SweepFile, method: str) -> None:
    """Check that a method without a perturbation can train the models of a sweep of which it becomes an arm.

    Raises:
        UserError: it cannot, or data or models are not there.
    """
    data = load(sweep.dataset, sweep.name)
    for model in sweep.models:
        require_model(model, data, possible_trainings(sweep), sweep.name, first_order=[("arm", method)])


def _first_order(sweep: SweepFile) -> list[Method]:
    """Where the sweep has a method without a perturbation."""
    baselines = [(f"baselines.{number}.name", one.name) for number, one in enumerate(sweep.baselines)]
    searched = sweep.space.perturbation.kinds if sweep.space.perturbation is not None else ()
    found = [*(("space.perturbation.kind", kind) for kind in searched), *baselines]
    return [(place, method) for place, method in found if method in FIRST_ORDER]


def possible_trainings(sweep: SweepFile) -> list[Training]:
    """How trials may be trained: by the sweep's settings, the extremes of its space, and those of its baselines."""
    found = [("", sweep.training), *(("space", drawn) for drawn in trainings(sweep.space, sweep.training))]
    for number, baseline in enumerate(sweep.baselines):
        place = f"baselines.{number}"
        found.append((place, baseline.fixed(sweep.training)))
        if sweep.tuned:
            arm = arms_of(sweep)[1 + number].sweep
            found += [(f"{place}.space", drawn) for drawn in trainings(arm.space, arm.training)]
    return found


def require_augmentation(training: TrainingConfig, data: Dataset, source: str, place: str = "") -> None:
    """Refuse changes to the images that these images cannot have, such as another hue of grey. Raises: UserError."""
    try:
        training.augmentation.check(data.in_channels, data.image_size)
    except ConfigError as error:
        raise refused(source, _at(place, error.within("training.augmentation"))) from error


def require_batch(batch_size: int, data: Dataset, source: str, place: str = "training.batch_size") -> None:
    """Refuse a mini-batch that is larger than the training part. Raises: UserError."""
    images = len(data.train.labels)
    if batch_size > images:
        rule = f"must be <= {images:,}, the number of training images"
        raise refused(source, ConfigError(place, rule, batch_size))


def _at(place: str, error: ConfigError) -> ConfigError:
    return error.within(place) if place else error
