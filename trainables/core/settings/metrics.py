"""The values by which trials can be chosen: name, direction, unit and wording of each, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One value of a validation or of a test."""

    name: str
    """Name in `objective.metric`, in the records of epochs and in tables."""
    test: str
    """Name of the same value on the test part."""
    words: str
    """What it measures, in words for captions."""
    falls: bool = False
    """Whether smaller is better."""
    is_share: bool = True
    """Whether it is a share of images or a mean of shares, in [0, 1], and is shown in percent."""
    fewest_classes: int = 2
    """Data with fewer classes give every model the same value."""

    def gain(self, value: float) -> float:
        """The value as a number of which larger is better: itself, or its negative."""
        return -value if self.falls else value

    def shown(self, value: float | None) -> str:
        """The value in a table: `91.23 %` or `0.3123`; empty for None."""
        if value is None:
            return ""
        return f"{100 * value:.2f} %" if self.is_share else f"{value:.4f}"

    def plotted(self, value: float | None) -> float | None:
        """The value on an axis with the title `axis`, rounded; None stays None."""
        if value is None:
            return None
        return round(100 * value, 4) if self.is_share else round(value, 6)

    @property
    def axis(self) -> str:
        """Title of an axis: the name with the unit."""
        return f"{self.name} in {'%' if self.is_share else 'nats'}"

    @property
    def hover(self) -> str:
        """A plotted value in Plotly's labels."""
        return "%{y:.2f} %" if self.is_share else "%{y:.4f}"

    @property
    def scale(self) -> float:
        """Factor from a difference of values to a difference in the unit of texts: points of percent, or nats."""
        return 100.0 if self.is_share else 1.0

    @property
    def unit(self) -> str:
        """Unit of differences: points (of percent), or nats of the loss."""
        return "points" if self.is_share else f"nats of {self.test}"

    @property
    def digits(self) -> int:
        """Digits after the point of values and differences in texts."""
        return 2 if self.is_share else 4

    def amount(self, difference: float, sign: bool = False) -> str:
        """A difference in that unit: `0.41`, or `+0.41` with its sign."""
        return f"{self.scale * difference:{'+' if sign else ''}.{self.digits}f}"


METRICS = {
    metric.name: metric
    for metric in (
        Metric("val_acc", "test_acc", "accuracy"),
        Metric("val_loss", "test_loss", "loss", falls=True, is_share=False),
        Metric("balanced_accuracy", "test_balanced_accuracy", "balanced accuracy"),
        Metric("macro_f1", "test_macro_f1", "macro F1"),
        Metric("top5_acc", "test_top5_acc", "top-5 accuracy", fewest_classes=6),
    )
}
"""Name -> metric. Records of epochs have a field of each name."""
DEFAULT_METRIC = METRICS["val_acc"]
