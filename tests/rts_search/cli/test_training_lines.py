"""The lines that `train` prints."""

from pathlib import Path

import pytest
import yaml

from rts_search.cli.training import _print_epoch
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.conftest import CommandLine
from trainables.core.history.record import EpochRecord


def test_epochs_of_the_store_and_the_file_with_the_weights_are_told(cli: CommandLine, tmp_path: Path) -> None:
    config = baseline_config(load_sweep("digits", ["training.epochs=1"]), BaselineConfig(name="sgd"))
    (tmp_path / "sgd.yaml").write_text(yaml.safe_dump(config.to_dict()))
    command = ("train", str(tmp_path / "sgd.yaml"), "--weights", str(tmp_path / "w.safetensors"))
    assert cli.run(*command).stderr.splitlines()[-1] == f"{tmp_path}/w.safetensors: the trained weights"
    again = cli.run(*command)
    assert f"1 of 1 epoch taken from the store {cli.results}/store\n" in again.stderr
    assert again.stdout.startswith("epoch 1 ")


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
