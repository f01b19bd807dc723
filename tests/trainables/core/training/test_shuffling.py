import pytest
import torch

from trainables.core.seeding import generator
from trainables.core.settings.config import SHUFFLES
from trainables.core.training.shuffling import BLOCK, WINDOW, epoch_order

NUMBER = BLOCK * (2 * WINDOW + 10) + 7
"""Number of images for two whole windows, a part of a third, and a part of a block."""


@pytest.mark.parametrize("shuffle", SHUFFLES)
@pytest.mark.parametrize("number", [1, BLOCK, BLOCK + 1, NUMBER])
def test_every_image_comes_once_and_the_order_is_that_of_the_seed(shuffle: str, number: int) -> None:
    first, again, other = (epoch_order(number, shuffle, generator("order", epoch)) for epoch in (0, 0, 1))
    assert torch.equal(first.sort().values, torch.arange(number))
    assert torch.equal(first, again)
    assert number == 1 or not torch.equal(first, other)


def test_images_in_any_order_are_those_of_the_first_release() -> None:
    assert torch.equal(epoch_order(99, "images", generator(1)), torch.randperm(99, generator=generator(1)))


def test_a_window_reads_whole_blocks_and_mixes_their_images() -> None:
    order = epoch_order(NUMBER, "blocks", generator("order", 0))
    first = order[: BLOCK * WINDOW]
    blocks, counts = (first // BLOCK).unique(return_counts=True)
    assert len(blocks) in (WINDOW, WINDOW + 1), "with the short block a part of another"
    assert int((counts == BLOCK).sum()) >= WINDOW - 1
    assert (first[:128] // BLOCK).unique().numel() > 64, "a batch is of many blocks"
