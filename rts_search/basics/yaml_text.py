"""Writes plain values as YAML for people."""

from typing import Any

import yaml


def yaml_text(values: Any) -> str:
    """Plain values as YAML: keys in their order, and every letter and sign as itself, not as an escape."""
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
