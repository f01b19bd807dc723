import numpy as np
import pytest

from trainables.core.data.parts import STD_FLOOR, Part, channel_statistics, fingerprint


def part(number: int = 6) -> Part:
    random = np.random.RandomState(0)
    return Part(random.randint(0, 256, (number, 3, 4, 4)).astype(np.uint8), np.arange(number, dtype=np.int64) % 2)


def test_statistics_are_those_of_the_scaled_pixels() -> None:
    images = part(50).images
    mean, std = channel_statistics(images)
    np.testing.assert_allclose(mean, (images / 255.0).mean((0, 2, 3)))
    np.testing.assert_allclose(std, (images / 255.0).std((0, 2, 3)))


def test_a_constant_channel_has_no_zero_deviation() -> None:
    images = np.full((5, 1, 4, 4), 7, dtype=np.uint8)
    mean, std = channel_statistics(images)
    assert mean == pytest.approx((7 / 255,))
    assert std == (STD_FLOOR,)


def test_the_fingerprint_is_that_of_the_content() -> None:
    mark = fingerprint((part(), part()), ("a", "b"))
    assert len(mark) == 64
    assert fingerprint((part(), part()), ("a", "b")) == mark
    strided = Part(np.asfortranarray(part().images), part().labels)
    assert fingerprint((strided, part()), ("a", "b")) == mark


def test_the_fingerprint_changes_with_a_pixel_a_label_a_class_or_the_split() -> None:
    pixel, label = part(), part()
    pixel.images[0, 0, 0, 0] ^= 1
    label.labels[0] ^= 1
    whole = part()
    early, late = whole.take(np.arange(2)), whole.take(np.arange(2, 6))
    marks = {
        fingerprint((part(), part()), ("a", "b")),
        fingerprint((pixel, part()), ("a", "b")),
        fingerprint((label, part()), ("a", "b")),
        fingerprint((part(), label), ("a", "b")),
        fingerprint((part(), part()), ("a", "c")),
        fingerprint((early, late), ("a", "b")),
        fingerprint((late, early), ("a", "b")),
    }
    assert len(marks) == 7
