"""The cross-entropy of a trained model on some images, as a function of its weights."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from trainables.core.data import Dataset, Part
from trainables.core.landscape.loss_function import LossFunction
from trainables.core.landscape.running_statistics import recompute, recomputed, tracking
from trainables.core.models.build import build_model
from trainables.core.models.pretrained import load_tensors
from trainables.core.seeding import generator
from trainables.core.settings.config import ModelConfig
from trainables.core.training.augmentation import Normalisation

BATCH = 128
"""Most images that go through the model at a time: a product with the Hessian keeps much of what they make."""
NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)
PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
STATISTICS = ("kept", "recomputed")


@dataclass(frozen=True)
class Given:
    """On what the loss is computed."""

    part: str
    """`train` or `val`."""
    images: int
    """Number of images, drawn without replacement from the part; >= 1 and at most those that it has."""
    seed: int
    """Seed of that draw, and of every direction."""
    precision: str = "float32"
    """One of PRECISIONS, for weights, images and results alike."""
    statistics: str = "kept"
    """BatchNorm's running statistics: `kept` as training left them, also at other weights; or `recomputed` on these
    images at all weights where the loss is computed. The gradient and the Hessian take them as constants."""


def image_loss(
    model: ModelConfig, state: Mapping[str, Tensor], dataset: Dataset, given: Given, device: torch.device
) -> LossFunction:
    """The mean cross-entropy in evaluation mode, without augmentation, label smoothing or penalties.

    Args:
        model: settings of the model.
        state: its trained parameters and buffers by name.
        dataset: the data.
        given: on what the loss is computed.
        device: where it is computed.
    """
    dtype = PRECISIONS[given.precision]
    built = build_model(model, len(dataset.classes), dataset.in_channels, dataset.image_size)
    load_tensors(built, state)
    built = built.to(device, dtype).eval()
    part = chosen(dataset, given)
    pixels, labels = torch.from_numpy(part.images), torch.from_numpy(part.labels)
    normalise = Normalisation(dataset.mean, dataset.std, device)
    parts = -(-len(labels) // BATCH)

    def batches() -> Iterator[Tensor]:
        for some in pixels.tensor_split(parts):
            yield normalise(some.to(device)).to(dtype)

    def terms() -> Iterator[Tensor]:
        for images, wanted in zip(batches(), labels.tensor_split(parts), strict=True):
            with sdpa_kernel(SDPBackend.MATH):  # torch's fused attention has no second derivative
                logits = built(images)
            yield functional.cross_entropy(logits, wanted.to(device), reduction="sum") / len(labels)

    weights = [weight for weight in built.parameters() if weight.requires_grad]
    again = given.statistics == "recomputed" and bool(tracking(built))
    if again:
        recompute(built, batches())
    return LossFunction(
        weights, terms, still(built, weights), (lambda: recomputed(built, batches())) if again else nullcontext
    )


def chosen(dataset: Dataset, given: Given) -> Part:
    """The images on which the loss is computed: the same ones for all weights that are compared on the same data."""
    whole: Part = getattr(dataset, given.part)
    order = torch.randperm(len(whole.labels), generator=generator(given.seed, "landscape images"))
    return whole.take(order[: given.images].sort().values.numpy())


def still(model: nn.Module, weights: Sequence[Tensor]) -> set[int]:
    """The places of the weights of normalisation layers, which directions do not move."""
    layers = (module for module in model.modules() if isinstance(module, NORMS))
    own = {id(weight) for layer in layers for weight in layer.parameters(recurse=False)}
    return {place for place, weight in enumerate(weights) if id(weight) in own}
