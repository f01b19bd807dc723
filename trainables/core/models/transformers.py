"""Vision transformers for small and for large images: ViT and DeiT of the size Tiny, on torchvision's encoder.

Dosovitskiy et al., ICLR 2021, and Touvron et al., ICML 2021. DeiT has a second token with a head of its own, which can
learn from a teacher. Without a teacher, as here, its logits are the mean of both heads, as published for tests.
"""

from typing import Any

import torch
from torch import Tensor, nn

from trainables.core.models.parts import check_stem, with_first
from trainables.core.models.torchvision_models import called
from trainables.core.settings.section import require

PATCHES = {"cifar": 4, "imagenet": 16}
WIDTH, DEPTH, HEADS = 192, 12, 3


def vit(
    num_classes: int,
    in_channels: int,
    image_size: int,
    stem: str = "cifar",
    patch: int | None = None,
    depth: int = DEPTH,
    heads: int = HEADS,
    width: int = WIDTH,
    **options: Any,
) -> nn.Module:
    """Build a vision transformer.

    stem: `cifar` has patches of 4 x 4 pixels, `imagenet` of 16 x 16; patch: another size. depth: number of layers.
    heads: of the attention in each of them. width: of the tokens, a multiple of heads. options: passed to torchvision.
    """
    from torchvision.models import VisionTransformer

    check_stem(stem)
    sizes = {"patch": PATCHES[stem] if patch is None else patch, "depth": depth, "heads": heads, "width": width}
    for name, value in sizes.items():
        require(type(value) is int and value >= 1, f"options.{name}", "must be an integer >= 1", value)
    patch = sizes["patch"]
    rule = f"must divide dataset.image_size ({image_size})"
    require(image_size % patch == 0, "options.patch", rule, patch)
    require(width % heads == 0, "options.width", f"must be a multiple of options.heads ({heads})", width)
    arguments = {
        "image_size": image_size,
        "patch_size": patch,
        "num_layers": depth,
        "num_heads": heads,
        "hidden_dim": width,
        "mlp_dim": 4 * width,
        "num_classes": num_classes,
    }
    model = called(VisionTransformer, "vit", arguments, options)
    if in_channels != 3:
        with_first(model, ("conv_proj",), in_channels=in_channels)
    return model


def deit(num_classes: int, in_channels: int, image_size: int, **options: Any) -> nn.Module:
    """Build a vision transformer with a distillation token. Its options are those of `vit`."""
    return Distilled(vit(num_classes, in_channels, image_size, **options), num_classes)


class Distilled(nn.Module):
    """A vision transformer of torchvision with a second token and a second head."""

    def __init__(self, transformer: Any, num_classes: int) -> None:
        super().__init__()
        width = transformer.hidden_dim
        self.transformer = transformer
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.empty(1, 1, width).normal_(std=0.02))
        self.head = nn.Linear(width, num_classes)
        nn.init.zeros_(self.head.weight)  # as torchvision does with the other head
        nn.init.zeros_(self.head.bias)
        self.pretrained_cfg = {"classifier": ("transformer.heads.head", "head")}
        """The names of both heads, where timm's models have them."""

    def forward(self, images: Tensor) -> Tensor:
        """Map images (batch, channels, height, width) to logits (batch, num_classes)."""
        inner = self.transformer
        patches = inner._process_input(images)
        many = len(patches)
        encoder = inner.encoder
        tokens = torch.cat([inner.class_token.expand(many, -1, -1), patches], dim=1) + encoder.pos_embedding
        second = (self.token + self.position).expand(many, -1, -1)
        read = encoder.ln(encoder.layers(encoder.dropout(torch.cat([tokens, second], dim=1))))
        logits: Tensor = (inner.heads(read[:, 0]) + self.head(read[:, -1])) / 2
        return logits
