"""The handwritten digits that come with scikit-learn (Alpaydin & Kaynak 1998): 1,797 grey images of 8 x 8 pixels."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from trainables.core.data.parts import Part, Source
from trainables.core.data.split import shuffled_by_class, split
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

TABLE = Path("datasets", "data", "digits.csv.gz")
"""File of the digits in scikit-learn's package: each line has 64 pixels from 0 to 16, and the label."""
TEST_FRACTION = 0.2


def check(config: DatasetConfig) -> None:
    """Does nothing: there are no settings or folders to check."""


def files(config: DatasetConfig) -> list[Path]:  # noqa: ARG001
    """Return the one file with the digits. Raises: ConfigError when scikit-learn is not installed."""
    return [_table()]


def load(config: DatasetConfig) -> Source:  # noqa: ARG001
    """Read all digits. A fifth of each class is the test part, always the same. Raises: ConfigError."""
    table = np.loadtxt(_table(), delimiter=",", dtype=np.int64)
    images = (table[:, :64] * 15).astype(np.uint8).reshape(-1, 1, 8, 8)  # published pixels are 0..16, these are 0..240
    digits = Part(images, table[:, 64])
    classes = tuple("0123456789")
    train, test = split(shuffled_by_class(digits.labels, len(classes), "digits test part"), TEST_FRACTION)
    return Source(digits.take(train), digits.take(test), classes)


def _table() -> Path:
    """Find the file without importing scikit-learn, which takes a second in every worker process."""
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise ConfigError("name", "must be a data set that is installed: pip install scikit-learn", "digits")
    return Path(spec.origin).parent / TABLE
