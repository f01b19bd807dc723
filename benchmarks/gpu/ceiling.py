"""The operations of a training, and the most operations per second that the card's matrix units reach."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.gpu.trainings import MODELS
from trainables.core.models.build import build_model

SIZE = 8192


def operations(model: str, phase: str) -> float:
    """Floating-point operations for one image of 32 x 32 pixels, forward and backward."""
    net = build_model(MODELS[model], num_classes=10, in_channels=3, image_size=32)
    with FlopCounterMode(display=False) as counter:
        net(torch.randn(2, 3, 32, 32)).sum().backward()
    return counter.get_total_flops() / 2 * (2 if phase == "pugd" else 1)


def matmul_peak() -> float:
    """Operations per second of a bf16 product of two random SIZE x SIZE matrices: the best of 20."""
    best = float("inf")
    a, b = (torch.randn(SIZE, SIZE, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for _ in range(20):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        a @ b
        end.record()
        torch.cuda.synchronize()
        best = min(best, start.elapsed_time(end) / 1000)
    return 2.0 * SIZE**3 / best
