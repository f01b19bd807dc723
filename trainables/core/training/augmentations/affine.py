"""Move, turn and shear each image of a batch, with the nearest pixel and black outside of the image."""

import torch
from torch import Tensor

Number = Tensor | float


def affine(
    images: Tensor,
    turned: tuple[Number, Number] = (1.0, 0.0),
    across: Number = 0.0,
    down: Number = 0.0,
    shift_x: Number = 0.0,
    shift_y: Number = 0.0,
) -> Tensor:
    """Take each pixel from another place of its image (b, channels, height, width).

    With x to the right, y down, both from the centre, the pixel at (x, y) comes from (cos * x - (sin - across) * y
    + shift_x, cos * y + (sin + down) * x + shift_y). turned: cos and sin of an angle, anticlockwise. Every number is
    one for all images or one for each, (b,).
    """
    height, width = images.shape[2:]
    y, x = (torch.arange(length, device=images.device) - (length - 1) / 2 for length in (height, width))
    y, x = y.view(1, -1, 1), x.view(1, 1, -1)
    cos, sin, across, down, shift_x, shift_y = map(_each, (*turned, across, down, shift_x, shift_y))
    row = (cos * y + (sin + down) * x + shift_y + (height - 1) / 2).round().to(torch.int64)
    column = (cos * x - (sin - across) * y + shift_x + (width - 1) / 2).round().to(torch.int64)
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    pixel = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
    pixel = pixel.expand(len(images), height, width).flatten(1).unsqueeze(1)
    moved = images.flatten(2).gather(2, pixel.expand(-1, images.shape[1], -1))
    return moved.view(images.shape) * inside.unsqueeze(1)


def _each(value: Number) -> Number:
    return value.view(-1, 1, 1) if isinstance(value, Tensor) else value
