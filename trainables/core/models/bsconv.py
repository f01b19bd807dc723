"""Blueprint separable convolutions: Haase and Amthor, "Rethinking Depthwise Separable Convolutions", CVPR 2020.

A standard convolution of M to N channels and k x k pixels becomes (arXiv:2003.13549)

- `u`, unconstrained: 1 x 1 from M to N channels, then k x k for each channel alone: M N + N k k weights;
- `s`, subspace: 1 x 1 from M to M' channels, 1 x 1 from M' to N, then k x k for each channel alone:
  M M' + M' N + N k k weights, with M' = ceil(p M), no fewer than 4 and no more than M.

The order is the reverse of a depthwise separable convolution. What becomes what depends on the model:

- Where there are standard convolutions behind the stem (ResNets, VGG, DenseNet), those of 3 x 3 and 5 x 5 pixels are
  replaced, including the model's first one, for any number of channels. All others stay: 1 x 1, larger (the 7 x 7 of an
  ImageNet stem, the patches of a transformer), not square, grouped and depthwise ones (they are separable already), and
  subclasses of Conv2d (such as timm's with their own padding).
- A depthwise separable block (MobileNetV1, Xception) is turned round: its layers between the depthwise convolution and
  the 1 x 1 convolution go, its last norm and activation stay. So does the stem.
- Inverted residuals (MobileNetV2 and V3, EfficientNet, MnasNet) keep their layers: a projecting 1 x 1 convolution and
  the next expanding one are the pair of `s` already. Kind `s` adds the regularisation of the projecting ones.

Where the paper says nothing, this follows the authors' published code:

- There is no BatchNorm between the new layers, but after each 1 x 1 convolution of kind `s` in the CIFAR ResNets and
  wide ResNets of this package, whose published sizes have it.
- The bias goes to the last of the new layers. New weights are initialised as torch initialises its layers.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from trainables.core.models.mobile_blocks import Block, mobile_blocks
from trainables.core.models.separable import KERNELS, Separable, Subspace, separable, turned_round
from trainables.core.settings.bsconv_config import PENALTY, BsconvConfig
from trainables.core.settings.section import require

MARK = "bsconv_penalised"
"""Attribute of a layer of the model's own that the regularisation of kind `s` applies to."""
NORMS = "bsconv_norms"
"""Attribute of a model in which kind `s` has BatchNorm after each 1 x 1 convolution."""


def rewrite(model: nn.Module, settings: str | BsconvConfig, run: Callable[[], None] | None = None) -> nn.Module:
    """Replace or mark the layers of a model in place and return the model.

    run: does one forward pass, in evaluation mode and without gradients; separable blocks and inverted residuals are
    found only with it.

    Raises:
        ConfigError: at `bsconv` or `bsconv.p`, when the model has no such layers, or they do not use the settings.
    """
    config = BsconvConfig(settings) if isinstance(settings, str) else settings
    standard = {module: None for module in model.modules() if _is_standard(module)}  # a shared layer occurs once
    if run is not None and (not standard or _are_the_stem(standard.keys(), model)):
        blocks = mobile_blocks(model, run)
        if blocks.separable:
            return _with_blocks_turned_round(model, blocks.separable, config)
        if blocks.projecting:
            return _with_penalty(model, blocks.projecting, config)
    rule = "must be left out for a model without standard convolutions of 3 x 3 or 5 x 5 pixels"
    require(bool(standard), "bsconv", rule, settings)
    norms = getattr(model, NORMS, False)
    new: dict[nn.Module, nn.Module] = {}
    for layer in standard:
        assert isinstance(layer, nn.Conv2d)
        new[layer] = separable(layer, config.kind, config.share, norms)
    return _with_replaced(model, new)


def _with_blocks_turned_round(model: nn.Module, blocks: Sequence[Block], config: BsconvConfig) -> nn.Module:
    new: dict[nn.Module, nn.Module] = {}
    for block in blocks:
        new[block.depthwise] = turned_round(block.depthwise, block.pointwise, config.kind, config.share)
        new |= {layer: nn.Identity() for layer in (*block.between, block.pointwise)}
    return _with_replaced(model, new)


def _with_penalty(model: nn.Module, blocks: Sequence[Block], config: BsconvConfig) -> nn.Module:
    rule = (
        "must be s, or be left out, for a model of inverted residuals: its layers stay, and s makes its projecting "
        "1 x 1 convolutions orthonormal"
    )
    require(config.kind == "s", "bsconv", rule, config.kind)
    rule = "must be left out for a model of inverted residuals, whose layers stay with the ratio that they have"
    require(config.p is None, "bsconv.p", rule, config.p)
    for block in blocks:
        setattr(block.pointwise, MARK, True)
    return model


def _with_replaced(model: nn.Module, new: dict[nn.Module, nn.Module]) -> nn.Module:
    for parent in list(model.modules()):
        for name, child in parent._modules.items():
            if child is not None and child in new:
                setattr(parent, name, new[child])
    return new.get(model, model)


@dataclass(frozen=True)
class Rewriting:
    """What became of a model's convolutions."""

    rewritten: int
    """Number of convolutions that are blueprint separable now; a depthwise separable block counts as one."""
    spatial: int
    """Number of convolutions of more than one pixel, replaced or not."""
    only_the_stem: bool
    """Whether the replaced ones come before all other layers with weights, and are fewer than those."""
    penalised: int
    """Number of 1 x 1 convolutions that the regularisation of kind `s` applies to."""

    def told(self) -> str:
        """What `bsconv` has changed, in words."""
        rewritten = f"{self.rewritten} of its {self.spatial} convolutions larger than one pixel rewritten"
        penalised = f"{self.penalised} of its 1x1 convolutions in the regularisation term"
        parts = [rewritten if self.rewritten else "no layer changed", *([penalised] if self.penalised else [])]
        return ", ".join(parts)


def rewriting_of(model: nn.Module) -> Rewriting:
    """Count the replaced convolutions of a model. "Before" means the order in which the model registers its layers."""
    new = {module: None for module in model.modules() if isinstance(module, Separable)}
    inside = {part for module in new for part in module}
    other = [layer for layer in _convolutions(model) if layer not in inside and max(layer.kernel_size) > 1]
    only = _are_the_stem(new.keys(), model)
    return Rewriting(len(new), len(new) + len(other), only, len(subspaces(model)))


def subspaces(model: nn.Module) -> tuple[Tensor, ...]:
    """Return the weights (M', M, 1, 1) to which the regularisation applies; empty for a model without kind `s`."""
    return tuple(layer.weight for layer in _convolutions(model) if isinstance(layer, Subspace) or hasattr(layer, MARK))


def orthonormal_penalty(weights: Sequence[Tensor], alpha: float = PENALTY) -> Tensor:
    """Return alpha times the sum over layers of the Frobenius norm of W W^T - I, for W (M', M). Added to the loss."""
    distances = []
    for weight in weights:
        w = weight.flatten(1)
        distances.append(torch.linalg.vector_norm(w @ w.T - torch.eye(len(w), dtype=w.dtype, device=w.device)))
    return alpha * torch.stack(distances).sum()


def _are_the_stem(layers: Collection[nn.Module], model: nn.Module) -> bool:
    """Whether these layers come before all others with weights, and are fewer than those without the last, the head."""
    inside = {part for layer in layers if isinstance(layer, Separable) for part in layer}
    kinds = (Separable, nn.Linear, nn.modules.conv._ConvNd)
    found = [m in layers for m in model.modules() if isinstance(m, kinds) and m not in inside]
    count = len(layers)
    return 0 < count < len(found) - 1 - count and all(found[:count])


def _convolutions(model: nn.Module) -> list[nn.modules.conv._ConvNd]:
    return [module for module in model.modules() if isinstance(module, nn.modules.conv._ConvNd)]


def _is_standard(module: nn.Module) -> bool:
    return type(module) is nn.Conv2d and module.groups == 1 and module.kernel_size in KERNELS
