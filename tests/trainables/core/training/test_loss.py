"""The loss of a mini-batch: cross-entropy, and its mixture for images that are mixed of two."""

import torch
from torch.nn import functional

from trainables.core.seeding import generator
from trainables.core.training.loss import hits, mean_loss

SOURCE = generator("loss")
LOGITS = torch.randn(6, 4, generator=SOURCE, dtype=torch.float64)
LABELS, PARTNERS = torch.randint(4, (2, 6), generator=SOURCE)
SHARES = torch.tensor([0.0, 0.2, 0.4999, 0.5, 0.9, 1.0], dtype=torch.float64)


def test_plain_labels_give_torchs_mean_cross_entropy_bit_for_bit() -> None:
    assert torch.equal(mean_loss(LOGITS, LABELS), functional.cross_entropy(LOGITS, LABELS))


def test_mixed_images_have_the_cross_entropy_of_their_soft_targets() -> None:
    """Cross-entropy is linear in the target, so that both papers' forms, of losses and of labels, are the same."""
    one, two = (functional.one_hot(labels, 4).double() for labels in (LABELS, PARTNERS))
    soft = SHARES[:, None] * one + (1.0 - SHARES[:, None]) * two
    wanted = -(soft * LOGITS.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(mean_loss(LOGITS, LABELS, PARTNERS, SHARES), wanted, rtol=1e-12, atol=0.0)


def test_an_image_that_is_wholly_its_own_has_its_own_loss() -> None:
    whole = mean_loss(LOGITS, LABELS, PARTNERS, torch.ones(6, dtype=torch.float64))
    torch.testing.assert_close(whole, functional.cross_entropy(LOGITS, LABELS), rtol=1e-12, atol=0.0)


def test_a_hit_is_the_class_with_the_larger_share() -> None:
    certain = functional.one_hot(torch.tensor([0, 1, 2, 3]), 4).float()
    own, other = torch.tensor([0, 1, 2, 0]), torch.tensor([3, 3, 0, 3])
    assert int(hits(certain, own)) == 3
    assert int(hits(certain, own, other, torch.tensor([0.9, 0.5, 0.4, 0.4]))) == 3, "image 2 is wrong by its share"
    assert int(hits(certain, own, other, torch.zeros(4))) == 1
