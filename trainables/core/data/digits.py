"""The handwritten digits that come with scikit-learn (Alpaydin & Kaynak 1998): 1,797 grey images of 8 x 8 pixels."""

import numpy as np

from trainables.core.config import DatasetConfig
from trainables.core.data.parts import Part, Source
from trainables.core.data.split import shuffled_by_class, split

TEST_FRACTION = 0.2


def check(config: DatasetConfig) -> None:
    """Nothing can be wrong: the images are installed with scikit-learn."""


def load(config: DatasetConfig) -> Source:  # noqa: ARG001
    """All digits, a fifth of each kept for the test part; that choice never changes."""
    from sklearn.datasets import load_digits  # costs a second, which the other data sets need not pay

    bunch = load_digits()
    images = (bunch.images[:, None] * 15).astype(np.uint8)  # published as 0..16; 16 * 15 = 240
    digits = Part(images, bunch.target.astype(np.int64))
    classes = tuple(str(name) for name in bunch.target_names)
    train, test = split(shuffled_by_class(digits.labels, len(classes), "digits test part"), TEST_FRACTION)
    return Source(digits.take(train), digits.take(test), classes)
