"""The line that `train` prints after an epoch."""

import pytest

from rts_search.cli.training import _print_epoch
from trainables.core.history.record import EpochRecord


@pytest.mark.parametrize(
    ("phase", "radius", "scale", "told"),
    [
        ("sgd", None, None, "lr 0.1  train_loss"),
        ("pugd", 0.5, 2.0, "lr 0.1  radius 0.5  scale 2  train_loss"),
        ("sam", 0.05, None, "lr 0.1  radius 0.05  train_loss"),
    ],
)
def test_the_line_of_an_epoch_shows_what_acts_in_it(
    capsys: pytest.CaptureFixture[str], phase: str, radius: float | None, scale: float | None, told: str
) -> None:
    _print_epoch(EpochRecord(0, phase, radius, scale, 0.1, 1.0, 0.5, 1.0, 0.5, 1.0, 8, 1.0), as_json=False)
    assert told in capsys.readouterr().out
