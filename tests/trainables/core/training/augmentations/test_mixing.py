"""mixup and CutMix against the formulas of their papers."""

import torch
from torch import Tensor

from trainables.core.seeding import generator
from trainables.core.settings.config import AugmentationConfig
from trainables.core.training.augmentations.epoch import EpochImages
from trainables.core.training.augmentations.mixing import Mixing

NUMBER = 4000
IMAGES = torch.randn(NUMBER, 3, 8, 12, generator=generator("images"))
LABELS = torch.randint(10, (NUMBER,), generator=generator("labels"))


def mixed(at: Tensor, **alphas: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    drawn = EpochImages(NUMBER, 3, 8, 12, torch.device("cpu"), 0, 0)
    return Mixing(AugmentationConfig(**alphas), drawn)(IMAGES[at], LABELS[at], at)  # type: ignore[arg-type]


EVERY = torch.arange(NUMBER)


def test_mixup_is_the_papers_sum_of_each_image_and_the_one_before_it() -> None:
    images, labels, partners, lam = mixed(EVERY, mixup=0.4)
    assert torch.equal(labels, LABELS)
    assert torch.equal(partners, LABELS.roll(1))
    wide = lam.view(-1, 1, 1, 1).double()
    wanted = wide * IMAGES.double() + (1.0 - wide) * IMAGES.roll(1, 0).double()
    torch.testing.assert_close(images.double(), wanted, rtol=1e-5, atol=1e-6)


def test_the_shares_are_of_a_beta_distribution() -> None:
    """Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1))."""
    for alpha in (0.2, 1.0, 4.0):
        lam = mixed(EVERY, mixup=alpha)[3]
        assert 0.0 <= float(lam.min()) <= float(lam.max()) <= 1.0
        assert abs(float(lam.mean()) - 0.5) < 0.03
        assert abs(float(lam.var()) * 4.0 * (2.0 * alpha + 1.0) - 1.0) < 0.1


def test_cutmix_takes_a_rectangle_of_the_partner_and_shares_by_area() -> None:
    images, _, partners, lam = mixed(EVERY, cutmix=1.0)
    assert torch.equal(partners, LABELS.roll(1))
    own, other = (images == IMAGES).all(1), (images == IMAGES.roll(1, 0)).all(1)
    assert bool((own ^ other).all()), "every pixel is wholly of one of the two"
    torch.testing.assert_close(lam, own.float().mean((1, 2)), rtol=1e-6, atol=1e-6)
    for hole in other[:200]:
        assert bool((hole == (hole.any(1)[:, None] & hole.any(0)[None, :])).all()), "a full rectangle"


def test_the_rectangle_of_cutmix_has_the_papers_sides_where_it_lies_inside() -> None:
    """r_w = W sqrt(1 - lam) and r_h = H sqrt(1 - lam), to whole pixels on both sides of the centre."""
    images = mixed(EVERY, cutmix=1.0)[0]
    holes = (images == IMAGES.roll(1, 0)).all(1)
    heights, widths = holes.any(2).sum(1), holes.any(1).sum(1)
    inside = (holes[:, [0, -1]].sum((1, 2)) == 0) & (holes[:, :, [0, -1]].sum((1, 2)) == 0) & (heights > 0)
    assert int(inside.sum()) > 200
    assert bool((heights[inside] % 2 == 0).all())
    assert bool((widths[inside] % 2 == 0).all())
    scale = widths[inside] / heights[inside]
    assert 1.0 <= float(scale.min()) <= 1.5 <= float(scale.max()) <= 2.0


def test_with_both_a_batch_gets_one_of_the_two_with_equal_probability() -> None:
    kinds = []
    for at in EVERY.split(16):
        images, labels, partners, lam = mixed(at, mixup=1.0, cutmix=1.0)
        one, two = (mixed(at, **{name: 1.0}) for name in ("mixup", "cutmix"))
        kinds.append(torch.equal(images, two[0]))
        wanted = two if kinds[-1] else one
        for given, right in zip((images, labels, partners, lam), wanted, strict=True):
            assert torch.equal(given, right)
    assert 100 < sum(kinds) < 150


def test_an_image_keeps_its_share_in_whatever_batch_it_comes() -> None:
    some = torch.tensor([40, 3, 17])
    for name in ("mixup", "cutmix"):
        assert torch.equal(mixed(some, **{name: 1.0})[3], mixed(EVERY, **{name: 1.0})[3][some])
