"""Batches of images: from memory that all trials share, from a GPU's memory, or copied one by one."""

import numpy as np
import pytest
import torch

from tests.trainables.core.emulated_gpu import EmulatedGpu, on_gpu
from trainables.core.data import Part
from trainables.core.training.feed import SHARE, Feed

ORDER = torch.tensor([4, 0, 3, 1, 2])


def part() -> Part:
    images = np.arange(5 * 2 * 3 * 3, dtype=np.uint8).reshape(5, 2, 3, 3)
    return Part(images, np.arange(5, dtype=np.int64) * 10)


def test_batches_have_the_images_and_labels_of_the_order() -> None:
    batches = list(Feed(part(), torch.device("cpu")).batches(ORDER, 2))
    assert [indices.tolist() for indices, _, _ in batches] == [[4, 0], [3, 1], [2]]
    assert torch.equal(torch.cat([images for _, images, _ in batches]), torch.from_numpy(part().images)[ORDER])
    assert torch.cat([labels for _, _, labels in batches]).tolist() == [40, 0, 30, 10, 20]


def test_on_a_cpu_the_images_are_not_copied() -> None:
    shared = part()
    assert Feed(shared, torch.device("cpu")).images.data_ptr() == shared.images.ctypes.data


@pytest.mark.parametrize("spare", [0, -1])
def test_a_gpu_holds_the_images_up_to_its_share_of_the_free_memory(
    spare: int, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    del card
    free = int((part().images.nbytes + spare) / SHARE)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free, 2**40))
    feed = Feed(part(), torch.device("cuda"))
    assert on_gpu(feed.images) is (spare == 0)
    for indices, images, labels in feed.batches(ORDER, 2):
        assert all(map(on_gpu, (indices, images, labels)))
