"""Gradients that an optimizer sets aside while others, such as DistributedDataParallel, may write into their memory."""

from torch import Tensor


def owned(g: list[Tensor]) -> list[Tensor]:
    """Return gradients whose memory nobody else writes into: a view is copied, any other tensor is returned as it is.

    Autograd gives each parameter a gradient with memory of its own. A view is a part of somebody else's memory: with
    `gradient_as_bucket_view=True`, DistributedDataParallel gives out views of its buckets, and the next backward pass
    writes into the same buckets. Flat buffers of gradients are another example.
    """
    return [x.clone() if x._is_view() else x for x in g]


def require_apart(g: list[Tensor], g_star: list[Tensor]) -> None:
    """Check that the second gradient has not been written over the first. The two lists have the same parameters.

    Raises:
        ValueError: a tensor is in both lists.
    """
    if any(first is second for first, second in zip(g, g_star, strict=True)):
        raise ValueError(
            "the second gradient must have memory of its own, but it was written over the first: after first_step(), "
            "let backward() make new gradients, or set p.grad to a copy"
        )
