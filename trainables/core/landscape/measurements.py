"""The measurements of a landscape by name, what each costs, and their results as plain values."""

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from trainables.core.landscape.directions import filter_normalised
from trainables.core.landscape.hessian import largest_eigenvalue, trace_of, trace_samples
from trainables.core.landscape.loss_function import LossFunction, Vector
from trainables.core.landscape.sharpness import DIRECTIONS, sharpness
from trainables.core.landscape.surface import losses_on_line, losses_on_plane, places
from trainables.core.seeding import generator

RADII = (0.01, 0.05, 0.1, 1.0)
"""Radii of the ascent steps. SAM trains at 0.05, PUGD at 1."""
VALUE, GRADIENT, PRODUCT = 1 / 3, 1.0, 3.5
"""What a pass over all images costs, in gradients: forward alone; with the gradient; with a product with the Hessian.
Measured in CPU time: 0.23 and 3.3 gradients for `small`, 0.33 and 3.8 for ResNet-18 (medians of n = 7, torch 2.14.1,
one thread)."""

Progress: TypeAlias = Generator[tuple[int, int], None, dict[str, Any]]
"""Yields how many of how many steps are done. Returns plain values, with None for a number that is not finite."""


@dataclass(frozen=True)
class LandscapeSettings:
    """What is measured. All of it but the images; see `Given`."""

    seed: int
    """Seed of all random vectors: the same ones for all weights of the same shapes."""
    steps: int = 25
    """Number of points in each dimension, odd, >= 3."""
    reach: float = 1.0
    """Largest distance from the weights, in lengths of the directions, > 0."""
    radii: tuple[float, ...] = RADII
    """Radii of the ascent steps, each > 0."""
    vectors: int = 20
    """Number of random vectors for the trace, >= 2."""
    tolerance: float = 0.01
    """The power iteration ends at a residual of this share of the eigenvalue, > 0."""
    most_iterations: int = 100
    """Most products of one power iteration, >= 1."""


@dataclass(frozen=True)
class Passes:
    """Passes over all images, by what is computed."""

    values: int = 0
    gradients: int = 0
    products: int = 0

    def gradient_evaluations(self, images: int, batch_size: int) -> int:
        """The cost, rounded up, where one gradient evaluation is the gradient of a mini-batch of this size."""
        passes = VALUE * self.values + GRADIENT * self.gradients + PRODUCT * self.products
        return math.ceil(passes * images / batch_size - 1e-9)


def curve(loss: LossFunction, settings: LandscapeSettings) -> Progress:
    """The loss on a line along the first direction."""
    at, found = places(settings.steps, settings.reach), []
    for value in losses_on_line(loss, _direction(loss, settings, 0), at):
        found.append(_finite(value))
        yield len(found), len(at)
    return {"at": list(at), "loss": found}


def plane(loss: LossFunction, settings: LandscapeSettings) -> Progress:
    """The loss on the plane of the first and the second direction, row by row along the first."""
    at, rows = places(settings.steps, settings.reach), []
    first, second = (_direction(loss, settings, number) for number in (0, 1))
    for row in losses_on_plane(loss, first, second, at):
        rows.append([_finite(value) for value in row])
        yield len(rows), len(at)
    return {"at": list(at), "loss": rows}


def rises(loss: LossFunction, settings: LandscapeSettings) -> Progress:
    """The rise of the loss in one ascent step, for each direction and radius."""
    found: dict[str, list[float | None]] = {direction: [] for direction in DIRECTIONS}
    for number, direction in enumerate(DIRECTIONS):
        for risen in sharpness(loss, settings.radii, direction):
            found[direction].append(_finite(risen))
            yield number * len(settings.radii) + len(found[direction]), len(DIRECTIONS) * len(settings.radii)
    return {"radii": list(settings.radii), **found}


def eigenvalue(loss: LossFunction, settings: LandscapeSettings) -> Progress:
    """The largest eigenvalue of the Hessian, by power iteration."""
    source = generator(settings.seed, "landscape eigenvalue")
    for found in largest_eigenvalue(loss, source, settings.tolerance, settings.most_iterations):
        yield found.iterations, max(found.iterations, settings.most_iterations)
    return {name: _finite(value) for name, value in asdict(found).items()}


def trace(loss: LossFunction, settings: LandscapeSettings) -> Progress:
    """The trace of the Hessian, by Hutchinson's estimator."""
    samples: list[float] = []
    for sample in trace_samples(loss, generator(settings.seed, "landscape trace"), settings.vectors):
        samples.append(sample)
        yield len(samples), settings.vectors
    return {name: _finite(value) for name, value in asdict(trace_of(samples)).items()}


MEASUREMENTS: Mapping[str, Callable[[LossFunction, LandscapeSettings], Progress]] = MappingProxyType(
    {"curve": curve, "plane": plane, "sharpness": rises, "eigenvalue": eigenvalue, "trace": trace}
)
"""Name of a measurement -> the function that makes it."""
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "curve": "surface in one dimension",
        "plane": "surface in two dimensions",
        "sharpness": "sharpness",
        "eigenvalue": "largest eigenvalue",
        "trace": "trace",
    }
)
"""Name of a measurement -> what it is called in messages."""


def foreseen(measurement: str, settings: LandscapeSettings) -> Passes:
    """The passes of a measurement, at most where they depend on the weights, and but for a second power iteration,
    which follows where the eigenvalue of the largest absolute value is negative."""
    radii = len(settings.radii)
    return {
        "curve": Passes(values=settings.steps),
        "plane": Passes(values=settings.steps**2),
        "sharpness": Passes(values=len(DIRECTIONS) * (radii + 1), gradients=len(DIRECTIONS)),
        "eigenvalue": Passes(products=settings.most_iterations),
        "trace": Passes(products=settings.vectors),
    }[measurement]


def counted(loss: LossFunction, since: Passes = Passes()) -> Passes:
    """The passes that a loss function has made after those."""
    return Passes(loss.values - since.values, loss.gradients - since.gradients, loss.products - since.products)


def _direction(loss: LossFunction, settings: LandscapeSettings, number: int) -> Vector:
    source = generator(settings.seed, "landscape direction", number)
    return filter_normalised(loss.weights, source, loss.still)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
