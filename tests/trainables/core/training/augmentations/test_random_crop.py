import torch
from torchvision.transforms.v2 import functional as vision

from tests.trainables.core.training.augmentations.test_epoch import epoch_of
from trainables.core.seeding import generator
from trainables.core.training.augmentations.epoch import Places
from trainables.core.training.augmentations.random_crop import RandomCrop, middle

PIXELS = torch.randint(256, (500, 3, 5, 6), dtype=torch.uint8, generator=generator("images"))
EVERY = Places(torch.arange(500), torch.arange(500))


def test_every_square_inside_the_image_is_drawn_and_nothing_else() -> None:
    cropped = RandomCrop(4, epoch_of(500, height=5, width=6))(PIXELS, EVERY)
    assert cropped.shape == (500, 3, 4, 4)
    places = [
        (top, left)
        for image, square in zip(PIXELS, cropped, strict=True)
        for top in range(2)
        for left in range(3)
        if torch.equal(image[:, top : top + 4, left : left + 4], square)
    ]
    assert len(places) == 500
    assert set(places) == {(top, left) for top in range(2) for left in range(3)}


def test_each_epoch_has_other_squares_and_a_batch_has_those_of_its_images() -> None:
    first, again, other = (RandomCrop(4, epoch_of(500, height=5, width=6, epoch=epoch)) for epoch in (0, 0, 1))
    some = torch.tensor([7, 3, 499])
    assert torch.equal(first(PIXELS[some], Places(some, some)), again(PIXELS, EVERY)[some])
    assert not torch.equal(first(PIXELS, EVERY), other(PIXELS, EVERY))


def test_the_middle_is_that_of_torchvision() -> None:
    images = PIXELS[:4, :, :4, :6]  # an even number of pixels too many
    assert torch.equal(middle(images, 2), vision.center_crop(images, [2, 2]))
    assert middle(PIXELS, None) is PIXELS
    assert torch.equal(middle(PIXELS[:, :, :5, :5], 2), PIXELS[:, :, 1:3, 1:3])
