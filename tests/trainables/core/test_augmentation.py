import pytest
import torch
from torch import Tensor
from torch.nn import functional

from trainables.core.augmentation import augment, normalise
from trainables.core.config import AugmentationConfig
from trainables.core.seeding import generator


def images(number: int = 64, size: int = 8) -> Tensor:
    return torch.randint(1, 256, (number, 3, size, size), dtype=torch.uint8, generator=generator("images"))


def test_without_crop_and_flip_the_images_come_back_untouched_and_nothing_is_drawn() -> None:
    source, used = images(), generator("seed", 0)
    assert augment(source, AugmentationConfig(), used) is source
    assert torch.equal(used.get_state(), generator("seed", 0).get_state())


def test_a_crop_is_the_slice_of_the_padded_image_at_the_drawn_offsets() -> None:
    source = images()
    cropped = augment(source, AugmentationConfig(crop_padding=2), generator("seed", 0))
    tops, lefts = torch.randint(5, (2, 64), generator=generator("seed", 0)).tolist()
    padded = functional.pad(source, (2, 2, 2, 2))
    for index, (top, left) in enumerate(zip(tops, lefts, strict=True)):
        assert torch.equal(cropped[index], padded[index, :, top : top + 8, left : left + 8])


def test_every_offset_from_edge_to_edge_is_drawn() -> None:
    tops, lefts = torch.randint(5, (2, 500), generator=generator("seed", 0)).tolist()
    assert set(zip(tops, lefts, strict=True)) == {(top, left) for top in range(5) for left in range(5)}
    cropped = augment(torch.ones(500, 1, 8, 8, dtype=torch.uint8), AugmentationConfig(2), generator("seed", 0))
    kept = {(int(image.any(2).sum()), int(image.any(1).sum())) for image in cropped}
    assert kept == {(height, width) for height in (6, 7, 8) for width in (6, 7, 8)}


def test_images_are_not_always_square() -> None:
    source = images()[:, :, :5, :]
    assert augment(source, AugmentationConfig(1, True), generator(0)).shape == (64, 3, 5, 8)


def test_a_flip_mirrors_about_half_of_the_images_and_leaves_the_others() -> None:
    source = images(number=1000)
    changed = augment(source, AugmentationConfig(horizontal_flip=True), generator("seed", 0))
    mirrored = (changed == source.flip(3)).flatten(1).all(1)
    kept = (changed == source).flatten(1).all(1)
    assert bool((mirrored ^ kept).all())
    assert 450 < int(mirrored.sum()) < 550


@pytest.mark.parametrize("config", [AugmentationConfig(2), AugmentationConfig(0, True), AugmentationConfig(2, True)])
def test_the_result_depends_on_the_seed_alone_and_keeps_shape_and_type(config: AugmentationConfig) -> None:
    source = images()
    first, again, other = (augment(source, config, generator("seed", epoch)) for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == source.shape
    assert first.dtype == torch.uint8
    assert torch.equal(source, images())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_gives_what_the_cpu_gives() -> None:
    config = AugmentationConfig(2, True)
    on_gpu = augment(images().cuda(), config, generator("seed", 0))
    assert on_gpu.device.type == "cuda"
    assert torch.equal(on_gpu.cpu(), augment(images(), config, generator("seed", 0)))


def test_normalise_scales_to_one_and_standardises_every_channel() -> None:
    source = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1)
    result = normalise(source, (0.5, 0.1, 0.0), (0.5, 0.1, 2.0))
    assert result.dtype == torch.float32
    torch.testing.assert_close(result.flatten(), torch.tensor([-1.0, 1.0, 0.5]))
