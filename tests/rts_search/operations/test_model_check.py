"""A model or weights that do not fit, or that have changed since the launch, give one line and exit code 2."""

from pathlib import Path

import pytest
import torch
import yaml

from rts_search.cli import app
from tests.rts_search.bad_input import folder_of_images, launched, sgd
from tests.rts_search.conftest import Refused
from trainables.core.models.small import small


def test_a_model_of_ones_own_that_cannot_be_built(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.py").write_text("def net(num_classes, in_channels, image_size):\n    raise ValueError('no such net')\n")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    line = refused("launch", "digits", "--set", "model='mine:net'")
    assert line == "digits: model.name: 'mine:net' cannot train on this data: no such net"
    assert not Path("results/digits").exists()


def test_a_model_of_ones_own_that_changed_since_the_launch(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from trainables.core.models.small import small as net\n"
    Path("changing.py").write_text(source)
    monkeypatch.syspath_prepend(str(Path.cwd()))
    launched("mine", "model='changing:net'")
    Path("changing.py").write_text(source + "# a comment\n")
    for command in ("resume", "confirm"):
        told = refused(command, "mine")
        assert "changing:net must be the model that the sweep was launched with, but its file has changed" in told


def test_pretrained_weights_that_do_not_fit_are_refused_before_anything_starts(refused: Refused) -> None:
    torch.save({"other.weight": torch.zeros(1)}, "weights.pt")
    line = refused("launch", "digits", "--set", "model={name: small, pretrained: weights.pt}")
    assert line.startswith("digits: model.pretrained: must fit small, but 0.weight is missing, and ")
    assert not Path("results/digits").exists()


def test_pretrained_weights_that_changed_or_went_before_a_resume(refused: Refused) -> None:
    weights = Path("weights.pt").resolve()
    torch.save(small(10, 1, 8).state_dict(), weights)
    launched("mine", "model={name: small, pretrained: weights.pt}")
    torch.save(small(10, 1, 8).state_dict(), weights)
    line = refused("resume", "mine")
    assert line.startswith(f"mine: model.pretrained: {weights} must be the weights that the sweep was launched with, ")
    weights.unlink()
    assert refused("resume", "mine").startswith("mine: model.pretrained: must be a file that can be read (No such file")


def test_a_model_that_does_not_fit_the_images(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(sgd().to_dict()))
    line = refused("launch", "digits", "--set", "model=torchvision/vgg11")
    assert line.startswith("digits: model.name: takes images of 3 channels, not 1: choose small, upanet16, ")
    line = refused("train", "mine.yaml", "--set", "model.name=torchvision/vgg11")
    assert line.startswith("train: model.name: takes images of 3 channels, not 1: choose small, upanet16, ")
    folder_of_images(tmp_path / "tree")
    settings = f"dataset={{name: imagefolder, root: '{tmp_path}/tree', image_size: 8}}"
    line = refused("launch", "digits", "--set", settings, "--set", "model=resnet18", "--set", "training.batch_size=1")
    assert "'resnet18' cannot train on this data: Expected more than 1 value per channel" in line


def test_check_builds_the_model_and_says_what_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    for model, told in (
        ("small", "small with 24,058 parameters; at most"),
        ("{name: small, bsconv: u}", "small with 4,458 parameters, 3 of its 3 convolutions larger than one pixel "),
    ):
        with pytest.raises(SystemExit, match="0"):
            app(["check", "digits", "--set", f"model={model}"])
        assert told in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "launch"])
@pytest.mark.parametrize(
    ("model", "line"),
    [
        (
            "{name: timm/mobilenetv1_100, options: {channel_multiplier: 0.5}}",
            "digits: model.options: must be keyword arguments that timm's mobilenetv1_100 takes (",
        ),
        (
            "{name: timm/mobilenetv1_100, bsconv: u}",
            "digits: model.bsconv: must be left out for timm/mobilenetv1_100, since it would change only the stem (1 "
            "of 14 convolutions larger than one pixel); blueprint forms of separable blocks come with a later release",
        ),
        ("{name: small, options: {width: 0}}", "digits: model.options.width: must be an integer >= 1, but got 0"),
        ("timm/vit_tiny_patch16_224", "digits: model.name: "),
    ],
)
def test_a_model_that_cannot_be_built(refused: Refused, command: str, model: str, line: str) -> None:
    assert refused(command, "digits", "--set", f"model={model}").startswith(line)


def test_weights_that_cannot_be_written_are_refused_before_the_training(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(sgd().to_dict()))
    line = refused("train", "mine.yaml", "--weights", str(tmp_path))
    assert line == f"{tmp_path}: must be a file that can be written, but Is a directory"
