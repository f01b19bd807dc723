"""Facts about the data of a sweep, kept with its study."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class DataFacts:
    """What the sweep's data looked like when it was launched."""

    fingerprint: str
    """Hash of all images, labels and the split."""
    steps_per_epoch: int
    train_images: int
    val_images: int
    test_images: int
    test_fingerprint: str | None = None
    """Hash of the test part alone; none in studies of earlier versions."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
