from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torchvision.transforms import functional as vision

from trainables.core.seeding import generator
from trainables.core.settings.config import AugmentationConfig, RandomResizedCropConfig
from trainables.core.settings.section import ConfigError
from trainables.core.training.augmentation import Augmentation, Normalisation
from trainables.core.training.augmentations.color_jitter import ColorJitter, Gamma
from trainables.core.training.augmentations.epoch import EpochImages, Places
from trainables.core.training.augmentations.erasing import RandomErasing
from trainables.core.training.augmentations.mixing import Mixing
from trainables.core.training.augmentations.rand_augment import RandAugment
from trainables.core.training.augmentations.resized_crop import RandomResizedCrop


def images(number: int = 64, size: int = 8) -> Tensor:
    return torch.randint(1, 256, (number, 3, size, size), dtype=torch.uint8, generator=generator("images"))


def moved(source: Tensor, config: AugmentationConfig, epoch: int = 0) -> Tensor:
    """Return the whole epoch as one batch."""
    everything = torch.arange(len(source), device=source.device)
    return Augmentation(config, source, source.device, 0, epoch).moved(source, everything)


def drawn(*sides: int, upto: int) -> Tensor:
    """Return the first random draw of the epoch."""
    return torch.randint(upto, sides, generator=generator(0, "augmentation", 0))


def test_without_any_augmentation_the_images_come_back_untouched() -> None:
    source = images()
    assert moved(source, AugmentationConfig()) is source


def test_a_crop_is_the_slice_of_the_padded_image_at_the_drawn_offsets() -> None:
    source = images()
    cropped = moved(source, AugmentationConfig(crop_padding=2))
    tops, lefts = drawn(2, 64, upto=5).tolist()
    padded = functional.pad(source, (2, 2, 2, 2))
    for index, (top, left) in enumerate(zip(tops, lefts, strict=True)):
        assert torch.equal(cropped[index], padded[index, :, top : top + 8, left : left + 8])


def test_every_offset_from_edge_to_edge_is_drawn() -> None:
    tops, lefts = drawn(2, 500, upto=5).tolist()
    assert set(zip(tops, lefts, strict=True)) == {(top, left) for top in range(5) for left in range(5)}
    cropped = moved(torch.ones(500, 1, 8, 8, dtype=torch.uint8), AugmentationConfig(2))
    kept = {(int(image.any(2).sum()), int(image.any(1).sum())) for image in cropped}
    assert kept == {(height, width) for height in (6, 7, 8) for width in (6, 7, 8)}


def test_images_are_not_always_square() -> None:
    source = images()[:, :, :5, :]
    config = AugmentationConfig(1, True, rotation=15.0, cutout=2)
    assert moved(source, config).shape == (64, 3, 5, 8)
    holes = Augmentation(config, source, source.device, 0, 0).cut_out(torch.ones(64, 3, 5, 8), torch.arange(64))
    assert holes.shape == (64, 3, 5, 8)


def kept_and_mirrored(changed: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    return (changed == source).flatten(1).all(1), (changed == source.flip(3)).flatten(1).all(1)


def test_a_flip_mirrors_about_half_of_the_images_and_leaves_the_others() -> None:
    source = images(number=1000)
    kept, mirrored = kept_and_mirrored(moved(source, AugmentationConfig(horizontal_flip=True)), source)
    assert bool((mirrored ^ kept).all())
    assert 450 < int(mirrored.sum()) < 550


def test_an_alternating_flip_shows_every_image_as_often_one_way_as_the_other() -> None:
    source, config = images(number=1000), AugmentationConfig(horizontal_flip="alternating")
    epochs = [kept_and_mirrored(moved(source, config, epoch), source)[1] for epoch in range(4)]
    assert 450 < int(epochs[0].sum()) < 550
    assert torch.equal(epochs[1], ~epochs[0])
    assert torch.equal(epochs[2], epochs[0])
    assert torch.equal(epochs[3], epochs[1])


def test_a_rotation_is_torchvisions_by_the_drawn_angle() -> None:
    source = images(size=32)
    turned = moved(source, AugmentationConfig(rotation=15.0))
    angles = 15.0 * (2.0 * torch.rand(64, generator=generator(0, "augmentation", 0)) - 1.0)
    assert -15.0 <= float(angles.min()) < -13.0
    assert 13.0 < float(angles.max()) <= 15.0
    for index, angle in enumerate(angles.tolist()):
        wanted = vision.rotate(source[index], angle)
        assert float((turned[index] == wanted).float().mean()) > 0.995, "but for pixels right between two others"


def test_cutout_sets_a_square_to_zero_that_may_reach_over_any_edge() -> None:
    config, source = AugmentationConfig(cutout=4), images(number=500)
    assert moved(source, config) is source
    cut = Augmentation(config, source, source.device, 0, 0).cut_out(torch.ones(500, 3, 8, 8), torch.arange(500))
    heights = {(int(rows.sum()), int(columns.sum())) for rows, columns in spans(cut == 0.0)}
    assert heights == {(height, width) for height in (2, 3, 4) for width in (2, 3, 4)}
    assert bool((cut[:, 0] == cut[:, 2]).all()), "all channels alike"
    assert bool((cut == 0.0).any(0).all()), "every place is cut somewhere"


def spans(holes: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return the rows and columns of the hole in each image, after checking that it is a full rectangle."""
    found = []
    for hole in holes[:, 0]:
        rows, columns = hole.any(1), hole.any(0)
        assert bool((hole == (rows[:, None] & columns[None, :])).all())
        found.append((rows, columns))
    return found


EVERYTHING = AugmentationConfig(2, True, rotation=15.0, cutout=3)
ALL = AugmentationConfig.from_dict(
    {
        **EVERYTHING.to_dict(),
        "random_resized_crop": {"scale_min": 0.3},
        "rand_augment": {"num_ops": 2, "magnitude": 9},
        "color_jitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1},
        "gamma": {},
        "random_erasing": {"probability": 0.5},
        "mixup": 0.2,
        "cutmix": 1.0,
    }
)


@pytest.mark.parametrize(
    "config",
    [
        AugmentationConfig(2),
        AugmentationConfig(0, True),
        AugmentationConfig(0, "alternating"),
        AugmentationConfig(rotation=15.0),
        EVERYTHING,
    ],
)
def test_the_result_depends_on_the_seed_alone_and_keeps_shape_and_type(config: AugmentationConfig) -> None:
    source = images()
    first, again, other = (moved(source, config, epoch) for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == source.shape
    assert first.dtype == torch.uint8
    assert torch.equal(source, images())


def test_an_image_is_changed_alike_in_whatever_batch_it_comes() -> None:
    source, ones = images(), torch.ones(64, 3, 8, 8)
    augmentation = Augmentation(EVERYTHING, source, source.device, 0, 0)
    whole = augmentation.moved(source, torch.arange(64))
    holes = augmentation.cut_out(ones.clone(), torch.arange(64))
    some = torch.tensor([40, 3, 17])
    assert torch.equal(augmentation.moved(source[some], some), whole[some])
    assert torch.equal(augmentation.cut_out(ones[some], some), holes[some])


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"crop_padding": -1}, "crop_padding: must be >= 0, but got -1"),
        ({"horizontal_flip": "yes"}, "horizontal_flip: must be true, false or alternating, but got 'yes'"),
        ({"rotation": 180.1}, r"rotation: must be in \[0, 180\], but got 180.1"),
        ({"rotation": -1}, r"rotation: must be in \[0, 180\], but got -1"),
        ({"cutout": -1}, "cutout: must be >= 0, but got -1"),
        ({"mixup": -0.1}, r"mixup: must be in \[0, 1000\], but got -0.1"),
        ({"cutmix": float("nan")}, r"cutmix: must be in \[0, 1000\], but got nan"),
        ({"rand_augment": {"num_ops": -1}}, "rand_augment.num_ops: must be >= 0, but got -1"),
        ({"rand_augment": {"magnitude": 31}}, r"rand_augment.magnitude: must be in \[0, 30\], but got 31"),
        ({"rand_augment": 2}, "rand_augment: must be a mapping of settings, but got 2"),
        ({"color_jitter": {"contrast": -1}}, "color_jitter.contrast: must be >= 0 and finite, but got -1"),
        ({"color_jitter": {"hue": 0.6}}, r"color_jitter.hue: must be in \[0, 0.5\], but got 0.6"),
        ({"gamma": {"min": 2}}, r"gamma.min: must be in \(0, max\], with max 1.5, but got 2"),
        ({"gamma": {"max": 0}}, "gamma.max: must be > 0 and finite, but got 0"),
        ({"random_erasing": {"probability": 2}}, r"random_erasing.probability: must be in \[0, 1\], but got 2"),
        ({"random_erasing": {"scale_max": 2}}, r"random_erasing.scale_max: must be in \(0, 1\], but got 2"),
        ({"random_erasing": {"ratio_max": 0}}, "random_erasing.ratio_max: must be > 0 and finite, but got 0"),
        (
            {"random_resized_crop": {"scale_min": 0}},
            r"random_resized_crop.scale_min: must be in \(0, scale_max\], with scale_max=1, but got 0",
        ),
        (
            {"random_resized_crop": {"ratio_min": 2}},
            r"random_resized_crop.ratio_min: must be in \(0, ratio_max\], with ratio_max=1.3333, but got 2",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, object], line: str) -> None:
    AugmentationConfig.from_dict({"horizontal_flip": "alternating", "rotation": 180, "cutout": 99})
    with pytest.raises(ConfigError, match=line):
        AugmentationConfig.from_dict(settings)


def test_changes_that_are_added_do_not_shift_the_draws_of_others() -> None:
    """Each change alone and all together: the flips and crops are the same."""
    source = images()
    earlier = AugmentationConfig(2, True, rotation=15.0)
    one = moved(source, earlier)
    more = Augmentation(ALL, source, source.device, 0, 0)
    quiet = replace(ALL, random_resized_crop=None, rand_augment=None, color_jitter=None, gamma=None)
    assert torch.equal(moved(source, quiet), one)
    assert torch.equal(more._top, Augmentation(earlier, source, source.device, 0, 0)._top)


def test_all_changes_come_in_their_order() -> None:
    source, every = images(), torch.arange(64)
    augmentation = Augmentation(ALL, source, source.device, 0, 0)
    drawn, places = EpochImages(64, 3, 8, 8, source.device, 0, 0), Places(every, every)
    assert ALL.random_resized_crop is not None
    assert ALL.rand_augment is not None
    assert ALL.color_jitter is not None
    assert ALL.gamma is not None
    assert ALL.random_erasing is not None
    pixels = RandomResizedCrop(ALL.random_resized_crop, drawn, (8, 8))(source, places)
    pixels = moved(pixels, AugmentationConfig(2, True, rotation=15.0))
    pixels = RandAugment(ALL.rand_augment, drawn)(pixels, places)
    pixels = Gamma(ALL.gamma, drawn)(ColorJitter(ALL.color_jitter, drawn)(pixels, places), places)
    changed = augmentation.moved(source, every)
    assert torch.equal(changed, pixels)
    assert changed.dtype == torch.float32
    ready = Normalisation((0.5,) * 3, (0.2,) * 3, source.device)(changed)
    torch.testing.assert_close(ready, (pixels - 0.5) / 0.2)
    erased = RandomErasing(ALL.random_erasing, drawn)(ready, places)
    squares = Augmentation(AugmentationConfig(2, True, rotation=15.0, cutout=3), source, source.device, 0, 0)
    cut = augmentation.cut_out(ready, every)
    assert torch.equal(cut, squares.cut_out(erased, every))
    labels = torch.arange(64) % 10
    for mine, other in zip(
        augmentation.mixed(cut.clone(), labels, every), Mixing(ALL, drawn)(cut.clone(), labels, every), strict=True
    ):
        assert torch.equal(mine, other)


def test_the_changes_after_a_crop_are_those_of_smaller_images() -> None:
    source, every = images(size=12), torch.arange(64)
    for first in (None, RandomResizedCropConfig()):
        cropped = moved(source, AugmentationConfig(crop_size=8, random_resized_crop=first))
        assert cropped.shape == (64, 3, 8, 8)
        assert cropped.dtype == torch.uint8
        both = replace(ALL, crop_size=8, random_resized_crop=first)
        apart = replace(ALL, random_resized_crop=None)
        assert torch.equal(moved(source, both), moved(cropped, apart))
        together, alone = (
            Augmentation(config, pixels, pixels.device, 0, 0) for config, pixels in ((both, source), (apart, cropped))
        )
        ones = torch.ones(64, 3, 8, 8)
        assert torch.equal(together.cut_out(ones.clone(), every), alone.cut_out(ones.clone(), every))


def test_a_part_of_any_size_is_resized_to_that_of_the_crop() -> None:
    source, part = images(size=12), RandomResizedCropConfig()
    drawn, every = EpochImages(64, 3, 12, 12, source.device, 0, 0), torch.arange(64)
    wanted = RandomResizedCrop(part, drawn, (8, 8))(source, Places(every, every))
    assert torch.equal(moved(source, AugmentationConfig(crop_size=8, random_resized_crop=part)), wanted)


def test_without_mixing_images_and_labels_stay_as_they_are() -> None:
    source, labels = torch.ones(64, 3, 8, 8), torch.arange(64)
    mixed = Augmentation(EVERYTHING, source, source.device, 0, 0).mixed(source, labels, labels)
    assert mixed == (source, labels)


def test_settings_that_change_nothing_are_the_same_config_as_none() -> None:
    nothing = {
        **{"rand_augment": {"num_ops": 0}, "color_jitter": {"hue": 0}, "gamma": {"min": 1, "max": 1}},
        **{"random_erasing": {"probability": 0}, "mixup": 0, "cutmix": 0.0},
    }
    assert AugmentationConfig.from_dict(nothing) == AugmentationConfig()


def test_normalisation_scales_to_one_and_standardises_every_channel() -> None:
    source = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1)
    result = Normalisation((0.5, 0.1, 0.0), (0.5, 0.1, 2.0), source.device)(source)
    assert result.dtype == torch.float32
    torch.testing.assert_close(result.flatten(), torch.tensor([-1.0, 1.0, 0.5]))
