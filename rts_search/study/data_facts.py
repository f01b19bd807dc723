"""Facts about the data of a sweep, kept with its study."""

from dataclasses import asdict, dataclass
from typing import Any

UNBALANCED = 5
"""Classes are badly unbalanced when the largest has so many times the images of the smallest."""


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
    class_counts: tuple[int, ...] | None = None
    """Training images of each class, in the order of the classes; none in studies of earlier versions."""
    channels: int | None = None
    """Channels of every image; none in studies of earlier versions."""
    image_size: int | None = None
    """Height and width of every image in pixels; none in studies of earlier versions."""

    def __post_init__(self) -> None:
        if self.class_counts is not None:  # a list when it comes from JSON
            object.__setattr__(self, "class_counts", tuple(self.class_counts))

    @property
    def note(self) -> str:
        """One sentence where classes are badly unbalanced; empty otherwise."""
        most, fewest = (max(self.class_counts), min(self.class_counts)) if self.class_counts else (0, 1)
        if most < UNBALANCED * fewest:
            return ""
        return (
            f"The largest class has {most:,} training images and the smallest {fewest:,}, so that accuracy says little "
            "about small classes: consider objective.metric balanced_accuracy or macro_f1, and training.class_weights "
            "balanced."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
