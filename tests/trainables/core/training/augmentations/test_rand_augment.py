"""RandAugment: which operations are drawn, and that images grouped by operation get what each would get alone."""

import torch

from tests.trainables.core.training.augmentations.test_epoch import epoch_of
from trainables.core.seeding import generator
from trainables.core.settings.config import RandAugmentConfig
from trainables.core.training.augmentations.epoch import Places
from trainables.core.training.augmentations.operations import LARGEST, OPERATIONS, SIGNED
from trainables.core.training.augmentations.rand_augment import RandAugment

NUMBER = 700
PIXELS = torch.randint(256, (NUMBER, 3, 8, 8), dtype=torch.uint8, generator=generator("images"))
IMAGES = epoch_of(NUMBER, height=8, width=8)


def changed(at: torch.Tensor, **settings: int) -> torch.Tensor:
    return RandAugment(RandAugmentConfig(**settings), IMAGES)(PIXELS[at], Places(at, at))


def test_every_image_gets_its_drawn_operations_one_after_the_other() -> None:
    source = IMAGES.source("rand_augment")
    operations = torch.randint(14, (2, NUMBER), generator=source)
    signs = 1 - 2 * torch.randint(2, (2, NUMBER), generator=source)
    assert int(operations.flatten().bincount(minlength=14).min()) > 30, "all are equally likely: 100 on average"
    whole, names = changed(torch.arange(NUMBER), num_ops=2, magnitude=15), tuple(OPERATIONS)
    for index in range(100):
        image = PIXELS[index : index + 1]
        for operation, sign in zip(operations[:, index].tolist(), signs[:, index].tolist(), strict=True):
            name = names[operation]
            strength = 0.5 * LARGEST.get(name, 0.0) * (sign if name in SIGNED else 1)
            image = OPERATIONS[name](image, torch.tensor([strength]))
        assert torch.equal(whole[index : index + 1], image)


def test_an_image_is_changed_alike_in_whatever_batch_it_comes() -> None:
    some = torch.tensor([40, 3, 17])
    assert torch.equal(changed(some), changed(torch.arange(NUMBER))[some])


def test_the_magnitude_is_the_strength_of_all_operations() -> None:
    far = [(changed(torch.arange(NUMBER), magnitude=m).int() - PIXELS.int()).abs().float().mean() for m in (0, 9, 30)]
    assert far[0] < far[1] < far[2]
