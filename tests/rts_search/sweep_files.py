"""A short sweep file, and the one line with which a file is refused."""

from collections.abc import Callable

import pytest

from rts_search.basics.errors import UserError
from rts_search.sweep.sweep_file import load_sweep

MINE = """
dataset: {name: digits}
model: small
training: {epochs: 8, batch_size: 32, lr: 5e-2}
space:
  radius: {shape: inverse_sine, beta_min: [0.1, 0.5], beta_max: 1}
search: {trials: 4}
"""

Write = Callable[[str | bytes], str]


def refusal(path: str, *overrides: str) -> str:
    """The one line with which a sweep is refused."""
    with pytest.raises(UserError) as caught:
        load_sweep(path, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(path, "mine.yaml")
