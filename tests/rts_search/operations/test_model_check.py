"""A model or weights that do not fit, or that have changed since the launch, give one line and exit code 2."""

import sys
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn

from rts_search.cli import app
from rts_search.operations.model_check import multiply_adds
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


@pytest.mark.parametrize("command", ["check", "launch", "plan"])
@pytest.mark.parametrize(
    ("frozen", "place"),
    [
        ("training.freeze_epochs=2", ""),
        ("space={training: {freeze_epochs: [0, 2]}}", "space."),
        ("baselines=[{name: sgd, training: {freeze_epochs: 2}}]", "baselines.0."),
    ],
)
def test_a_model_without_layers_before_its_head_cannot_freeze_them(
    refused: Refused, command: str, frozen: str, place: str
) -> None:
    line = refused(command, "digits", "--set", "model='tests.trainables.hungry_model:linear'", "--set", frozen)
    rule = "must be 0 for a model without layers before its head, but got 2"
    assert line == f"digits: {place}training.freeze_epochs: {rule}"
    assert not Path("results/digits").exists()


@pytest.mark.parametrize(
    ("command", "setting", "place"),
    [
        ("check", "baselines=[sgd, path_sgd]", "baselines.1.name"),
        ("launch", "space={perturbation: {kind: [pugd, path_sgd]}}", "space.perturbation.kind"),
        ("plan", "baselines=[path_sgd]", "baselines.0.name"),
    ],
)
def test_a_model_whose_paths_are_not_known_is_refused_for_path_sgd(
    refused: Refused, command: str, setting: str, place: str
) -> None:
    line = refused(command, "digits", "--set", setting)
    why = "cannot train small, since the layer 1 (BatchNorm2d) of the model has no known paths"
    assert line.startswith(f"digits: {place}: {why}: take a model of Linear, Conv2d, ReLU, ")
    assert line.endswith(", or leave path_sgd out, but got 'path_sgd'")
    assert not Path("results/digits").exists()


def test_a_config_and_an_arm_of_path_sgd_are_refused_for_a_model_whose_paths_are_not_known(refused: Refused) -> None:
    Path("mine.yaml").write_text(yaml.safe_dump(sgd().to_dict()))
    line = refused("train", "mine.yaml", "--set", "perturbation={kind: path_sgd}")
    assert line.startswith("train: perturbation.kind: cannot train small, since the layer 1 (BatchNorm2d) of the model")
    launched("mine", "space={training: {lr: [0.1, 0.2]}}", "training={epochs: 2, batch_size: 64}", "baselines=[]")
    line = refused("resume", "mine", "--arm", "path_sgd", "--trials", "1")
    assert line.startswith("mine: arm: cannot train small, since the layer 1 (BatchNorm2d) of the model has no known")


@pytest.mark.parametrize("command", ["check", "launch", "plan"])
def test_a_change_of_colours_is_refused_for_grey_images_before_anything_starts(refused: Refused, command: str) -> None:
    line = refused(command, "digits", "--set", "training.augmentation.color_jitter={hue: 0.1}")
    rule = "must be 0, since the images have no colours (1 channel), but got 0.1"
    assert line == f"digits: training.augmentation.color_jitter.hue: {rule}"
    assert not Path("results/digits").exists()


@pytest.mark.parametrize("command", ["check", "launch"])
def test_a_square_that_is_larger_than_the_images_is_refused(refused: Refused, command: str) -> None:
    line = refused(command, "digits", "--set", "training.augmentation.crop_size=9")
    rule = "must be <= 8, the height and width of the images, but got 9"
    assert line == f"digits: training.augmentation.crop_size: {rule}"


def test_a_change_of_colours_that_the_space_draws_is_refused_for_grey_images(refused: Refused) -> None:
    space = "space={training: {augmentation: {color_jitter: {hue: [0, 0.1]}}}}"
    line = refused("check", "digits", "--set", space)
    rule = "must be 0, since the images have no colours (1 channel), but got 0.1"
    assert line == f"digits: space.training.augmentation.color_jitter.hue: {rule}"


@pytest.mark.parametrize(
    ("own", "place"),
    [
        ("training: {augmentation: {color_jitter: {hue: 0.1}}}", ""),
        ("space: {training: {augmentation: {color_jitter: {hue: [0, 0.1]}}}}", "space."),
    ],
)
def test_a_change_of_colours_of_a_tuned_baseline_alone_is_refused_for_grey_images(
    refused: Refused, own: str, place: str
) -> None:
    line = refused("check", "digits_fair", "--set", f"baselines=[pugd, {{name: sgd, {own}}}]")
    rule = "must be 0, since the images have no colours (1 channel), but got 0.1"
    assert line == f"digits_fair: baselines.1.{place}training.augmentation.color_jitter.hue: {rule}"


@pytest.mark.slow
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
        ("small", "small with 24,058 parameters in 7 layers, 150,400 multiply-adds an image; at most"),
        (
            "{name: small, bsconv: u}",
            "parameters in 10 layers, 51,840 multiply-adds an image, 3 of its 3 convolutions larger than one pixel ",
        ),
        (
            "{name: mobilenet_v1, options: {width: 0.25}, bsconv: u}",
            "13 of its 14 convolutions larger than one pixel rewritten; at most",
        ),
        (
            "{name: mobilenet_v2, options: {width: 0.25}, bsconv: s}",
            "no layer changed, 17 of its 1x1 convolutions in the regularisation term; at most",
        ),
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
            "{name: 'tests.trainables.hungry_model:stem', bsconv: u}",
            "digits: model.bsconv: must be left out for tests.trainables.hungry_model:stem, since it would change only "
            "the stem (1 of 1 convolutions larger than one pixel), but got 'u'",
        ),
        (
            "{name: mobilenet_v2, bsconv: u}",
            "digits: model.bsconv: must be s, or be left out, for a model of inverted residuals: its layers stay, and "
            "s makes its projecting 1 x 1 convolutions orthonormal, but got 'u'",
        ),
        (
            "{name: mobilenet_v2, bsconv: {kind: s, p: 0.5}}",
            "digits: model.bsconv.p: must be left out for a model of inverted residuals, whose layers stay with the ",
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


def test_multiply_adds_are_those_of_convolutions_and_linear_layers() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(256, 5))
    assert multiply_adds(model, torch.zeros(1, 3, 8, 8)) == 8 * 8 * 4 * 3 * 9 + 256 * 5


def test_the_products_of_attention_count_too() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    tokens, width = 6, 8
    projections, mlp = tokens * width * width * 4, tokens * width * 16 * 2
    attention = 2 * tokens * tokens * width
    assert multiply_adds(layer, torch.zeros(1, tokens, width)) == projections + mlp + attention


@pytest.mark.parametrize("command", ["check", "launch"])
def test_a_mini_batch_that_is_larger_than_the_training_part(refused: Refused, command: str) -> None:
    line = refused(command, "digits", "--set", "training.batch_size=2000")
    assert line == "digits: training.batch_size: must be <= 1,151, the number of training images, but got 2000"
    drawn = ("--set", "training.batch_size=null", "--set", "space={training: {batch_size: [32, 2000]}}")
    line = refused(command, "digits", *drawn)
    assert line == "digits: space.training.batch_size: must be <= 1,151, the number of training images, but got 2000"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("{width: [8, -1]}", "space.model.options.width: must be an integer >= 1, but got -1"),
        ("{widht: [8]}", "space.model.options: must be keyword arguments that small takes (got an unexpected keyword"),
    ],
)
def test_drawn_options_with_which_no_model_can_be_built(refused: Refused, options: str, line: str) -> None:
    told = refused("check", "digits", "--set", f"space={{model: {{options: {options}}}}}")
    assert told.startswith(f"digits: {line}")


def test_a_share_that_the_space_draws_is_refused_there(refused: Refused) -> None:
    settings = ("--set", "model={name: mobilenet_v2, bsconv: s}", "--set", "space={model: {bsconv: {p: [0.25, 0.5]}}}")
    line = refused("check", "digits", *settings)
    assert line.startswith("digits: space.model.bsconv.p: must be left out for a model of inverted residuals, whose ")


MOVED = "from trainables.core.models.small import small as net\n"


def test_a_model_of_ones_own_that_is_merely_not_on_the_path(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("models/inner").mkdir(parents=True)
    for file in ("models/moved_net.py", "models/inner/__init__.py", "models/inner/moved_net.py"):
        Path(file).write_text(MOVED)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(Path("models").resolve()))
        launched("top", "model='moved_net:net'")
        launched("deep", "model='inner.moved_net:net'")
        Path("models/inner/moved_net.py").rename("models/inner/elsewhere.py")
        for command in ("resume", "confirm"):
            assert refused(command, "deep") == (
                "deep: model.name: inner.moved_net:net must name a module that can be imported, but this Python does "
                "not find inner.moved_net; add its folder to PYTHONPATH"
            )
        Path("models/moved_net.py").rename("models/gone.py")
    for name in ("moved_net", "inner", "inner.moved_net"):
        sys.modules.pop(name, None)
    for command in ("resume", "confirm"):
        assert refused(command, "top") == (
            "top: model.name: must name an importable package: put moved_net.py beside the sweep file, install "
            "'moved_net', or add its folder to PYTHONPATH, but got 'moved_net:net'"
        )
        assert "does not find inner.moved_net; add its folder to PYTHONPATH" in refused(command, "deep")
