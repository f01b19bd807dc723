"""The loss of a mini-batch and its hits, for plain labels and for images that are mixed of two."""

import torch
from torch import Tensor
from torch.nn import functional


def mean_loss(logits: Tensor, labels: Tensor, partners: Tensor | None = None, shares: Tensor | None = None) -> Tensor:
    """Return the mean cross-entropy (CE) of a batch.

    For mixed images it is the mean of share * CE(label) + (1 - share) * CE(partner's label), as in mixup (Zhang et al.
    2018, arXiv 1710.09412) and CutMix (Yun et al. 2019, arXiv 1905.04899).

    logits: float (b, classes). labels: int64 (b,), the class of each image. For mixed images, partners: int64 (b,), the
    class of the image that each is mixed with; shares: float (b,) in [0, 1], the part of each image that is its own.
    """
    if partners is None or shares is None:
        return functional.cross_entropy(logits, labels)
    own, other = (functional.cross_entropy(logits, wanted, reduction="none") for wanted in (labels, partners))
    return (shares * own + (1.0 - shares) * other).mean()


def hits(logits: Tensor, labels: Tensor, partners: Tensor | None = None, shares: Tensor | None = None) -> Tensor:
    """Return the number of images that are classified rightly, an int64 tensor of shape ().

    The right class of a mixed image is the one with the larger share, its own when both shares are equal. Arguments as
    for `mean_loss`.
    """
    wanted = labels if partners is None or shares is None else torch.where(shares >= 0.5, labels, partners)
    return (logits.argmax(1) == wanted).sum()
