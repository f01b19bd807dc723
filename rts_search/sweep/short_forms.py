"""Which sections of a sweep file may be written as one name, such as `model: small`."""

from collections.abc import Mapping

SHORT: Mapping[str, str] = {
    "dataset": "name",
    "model": "name",
    "model.bsconv": "kind",
    "scheduler": "name",
    "space": "ready",
    "training.lr_schedule": "name",
}
"""Place of a section that may be written as one name -> the setting that the name stands for."""
