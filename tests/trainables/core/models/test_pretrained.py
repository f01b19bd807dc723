"""Pretrained weights are loaded into all layers but a head of another shape; what does not fit is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.history.state import dump_state, load_state
from trainables.core.models.build import build_model
from trainables.core.models.pretrained import head_of, parameter_groups
from trainables.core.models.weights import MissingWeightsError
from trainables.core.optimizer.pugd import PUGD
from trainables.core.seeding import seed_everything
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError
from trainables.core.training.engine import Engine

Weights = dict[str, Tensor]


def build(name: str, classes: int = 10, channels: int = 1, size: int = 8, **settings: Any) -> nn.Module:
    seed_everything(0, "weights")
    return build_model(ModelConfig(name, **settings), classes, channels, size)


def other_weights(name: str = "small", classes: int = 7, **settings: Any) -> Weights:
    """Return weights that no seed gives."""
    model = build(name, classes, **settings)
    return {key: torch.rand_like(t) if t.is_floating_point() else t for key, t in model.state_dict().items()}


SAVERS: dict[str, Callable[[Weights, Path], Any]] = {
    "a.safetensors": safetensors.torch.save_file,
    "a.pt": torch.save,
    "a.pth": lambda tensors, file: torch.save({"state_dict": tensors, "epoch": 3}, file),
    "b.pth": lambda tensors, file: torch.save({"model": tensors}, file),
}


@pytest.mark.parametrize("name", SAVERS)
def test_the_backbone_takes_the_weights_and_a_head_for_other_classes_is_that_of_the_seed(
    name: str, tmp_path: Path
) -> None:
    given = other_weights()
    SAVERS[name](given, tmp_path / name)
    got = build("small", pretrained=str(tmp_path / name)).state_dict()
    fresh = build("small").state_dict()
    head = {"11.weight", "11.bias"}
    assert got.keys() == fresh.keys()
    assert all(torch.equal(got[key], given[key]) for key in got.keys() - head)
    assert all(torch.equal(got[key], fresh[key]) for key in head)


def test_a_model_whose_layers_have_versions_takes_tensors_from_a_file_and_from_a_state(tmp_path: Path) -> None:
    model = build("torchvision/mnasnet0_5", 10, 3, 32)
    file = str(tmp_path / "weights.safetensors")
    safetensors.torch.save_file(model.state_dict(), file)
    again = build("torchvision/mnasnet0_5", 10, 3, 32, pretrained=file)
    load_state(dump_state(model, PUGD(model.parameters(), lr=0.1)), again, PUGD(again.parameters(), lr=0.1))
    assert all(torch.equal(t, again.state_dict()[name]) for name, t in model.state_dict().items())


def test_a_head_of_the_same_shape_is_taken_as_well_and_a_missing_one_stays_fresh(tmp_path: Path) -> None:
    given, file = other_weights(classes=10), tmp_path / "a.safetensors"
    safetensors.torch.save_file(given, file)
    assert torch.equal(build("small", pretrained=str(file)).state_dict()["11.bias"], given["11.bias"])
    safetensors.torch.save_file({key: given[key] for key in given if not key.startswith("11.")}, file)
    got = build("small", pretrained=str(file)).state_dict()
    assert torch.equal(got["11.bias"], build("small").state_dict()["11.bias"])
    assert torch.equal(got["0.weight"], given["0.weight"])


def test_a_rewritten_model_takes_weights_of_its_own_form_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    safetensors.torch.save_file(other_weights(bsconv="u"), file)
    build("small", bsconv="u", pretrained=str(file))
    with pytest.raises(ConfigError, match=r"pretrained: must fit small, but 0.weight is missing, and 8 more, but got"):
        build("small", pretrained=str(file))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"0.weight": torch.rand(16, 3, 3, 3)}, r"0.weight is \(16, 3, 3, 3\) there and \(16, 1, 3, 3\) in the"),
        ({"more.weight": torch.rand(1)}, "more.weight is no part of the model, but got"),
        ({"0.weight": None}, "0.weight is missing, but got"),
        ({"0.weight": None, "more": torch.rand(1)}, "0.weight is missing, and 1 more, but got"),
    ],
)
def test_anything_else_that_does_not_fit_is_refused_in_one_line(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    changed = {key: t for key, t in (other_weights() | change).items() if t is not None}
    safetensors.torch.save_file(changed, tmp_path / "a.safetensors")
    with pytest.raises(ConfigError, match=f"^pretrained: must fit small, but {message}") as caught:
        build("small", pretrained=str(tmp_path / "a.safetensors"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt"])
@pytest.mark.parametrize("content", [b"", b"nonsense", bytes(100)])
def test_a_damaged_file_is_refused_in_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=r"^pretrained: must be a file of weights that can be read without") as caught:
        build("small", pretrained=str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_a_file_that_would_run_code_or_holds_no_tensors_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(1, 1), tmp_path / "whole.pt")
    with pytest.raises(ConfigError, match="without running code from it"):
        build("small", pretrained=str(tmp_path / "whole.pt"))
    torch.save({"state_dict": {"epoch": 3}}, tmp_path / "none.pt")
    with pytest.raises(ConfigError, match="must hold tensors by their names, alone or under state_dict or model"):
        build("small", pretrained=str(tmp_path / "none.pt"))


@pytest.fixture
def downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of torch's downloads; a file that is in it is not downloaded again."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


@pytest.mark.parametrize(("name", "options"), [("torchvision/resnet18", {}), ("resnet18", {"stem": "imagenet"})])
def test_torchvisions_default_weights_are_taken(name: str, options: dict[str, Any], downloaded: Path) -> None:
    given = other_weights("torchvision/resnet18", 1000, channels=3, size=32)
    torch.save(given, downloaded / "resnet18-f37072fd.pth")
    got = build(name, 10, 3, 32, options=options, pretrained="default").state_dict()
    assert torch.equal(got["conv1.weight"], given["conv1.weight"])
    assert torch.equal(got["layer4.1.bn2.running_var"], given["layer4.1.bn2.running_var"])
    assert torch.equal(got["fc.bias"], build(name, 10, 3, 32, options=options).state_dict()["fc.bias"])


@pytest.mark.slow
def test_default_weights_go_with_a_form_that_changes_no_layer(downloaded: Path) -> None:
    given = other_weights("torchvision/mobilenet_v3_small", 1000, channels=3, size=32)
    torch.save(given, downloaded / "mobilenet_v3_small-047dcff4.pth")
    kept: dict[str, Any] = {"options": {"stem": "imagenet"}, "pretrained": "default"}
    got = build("mobilenet_v3_small", 10, 1, 32, **kept | {"pretrained": None}).state_dict()
    assert got["features.0.0.weight"].shape[1] == 1
    got = build("mobilenet_v3_small", 10, 3, 32, bsconv="s", **kept).state_dict()
    assert torch.equal(got["features.1.block.0.0.weight"], given["features.1.block.0.0.weight"])
    with pytest.raises(ConfigError, match=r"pretrained: must fit mobilenet_v3_small, but features.0.0.weight is"):
        build("mobilenet_v3_small", 10, 3, 32, options={"stem": "imagenet", "width": 0.5}, pretrained="default")
    with pytest.raises(ConfigError, match="bsconv: must be left out with pretrained default"):
        build("torchvision/resnet18", 10, 3, 32, bsconv="s", pretrained="default")


def test_timms_default_weights_are_fitted_to_channels_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    given = other_weights("timm/test_vit", 1000, channels=3, size=160)
    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", lambda *_, **__: dict(given))
    got = build("timm/test_vit", 10, 1, 32, pretrained="default").state_dict()
    assert torch.equal(got["blocks.0.norm1.weight"], given["blocks.0.norm1.weight"])
    assert got["pos_embed"].shape[1] == 2 * 2 + 1
    assert torch.equal(got["head.weight"], build("timm/test_vit", 10, 1, 32).state_dict()["head.weight"])


def test_weights_that_cannot_be_downloaded_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no network\nat all")

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", fail)
    with pytest.raises(MissingWeightsError, match=r"pretrained: must be weights that can be .*\(no network\)"):
        build("timm/test_vit", 10, 1, 32, pretrained="default")


def test_timm_models_begin_with_pretrained_weights_by_the_setting_alone() -> None:
    with pytest.raises(ConfigError, match=r"options: must not set pretrained: set model.pretrained"):
        build("timm/test_vit", 10, 1, 32, options={"pretrained": True})


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "size", "head"),
    [
        ("small", 8, ("11",)),
        ("upanet16", 8, ("classify.1",)),
        ("torchvision/resnet18", 32, ("fc",)),
        ("torchvision/vgg11", 32, ("classifier.6",)),
        pytest.param("torchvision/densenet121", 32, ("classifier",), marks=pytest.mark.campaign),
        ("torchvision/squeezenet1_1", 32, ("classifier.1",)),
        pytest.param("torchvision/vit_b_16", 32, ("heads.head",), marks=pytest.mark.campaign),
        pytest.param("torchvision/swin_t", 32, ("head",), marks=pytest.mark.campaign),
        ("torchvision/googlenet", 32, ("fc",)),
        ("timm/mobilenetv1_100", 32, ("classifier",)),
        pytest.param("timm/swin_tiny_patch4_window7_224", 32, ("head.fc",), marks=pytest.mark.campaign),
        ("timm/levit_128s", 64, ("head.linear", "head_dist.linear")),
    ],
)
def test_the_head_is_the_layer_that_tells_the_classes_apart(name: str, size: int, head: tuple[str, ...]) -> None:
    model = build(name, 13, 3, size)
    assert head_of(model) == head
    assert all(len(model.get_submodule(layer).weight) == 13 for layer in head)  # type: ignore[arg-type]


def test_the_heads_parameters_have_a_group_of_their_own_where_their_rate_is_another() -> None:
    model = build("small")
    assert [len(group["params"]) for group in parameter_groups(model, 1.0)] == [11]
    backbone, head = parameter_groups(model, 10.0)
    assert ([name for name, _ in head["params"]], head["lr_factor"]) == (["11.weight", "11.bias"], 10.0)
    assert (len(backbone["params"]), backbone["lr_factor"]) == (9, 1.0)
    (only,) = parameter_groups(nn.Sequential(nn.Linear(2, 2)), 10.0)
    assert only["lr_factor"] == 10.0


@pytest.mark.parametrize("step", ["reference", "fused"])
@pytest.mark.parametrize("phase", ["sgd", "pugd"])
def test_the_first_update_of_the_head_is_the_factor_times_as_long_and_the_others_stay(
    digits: Dataset, step: str, phase: str
) -> None:
    moved = {}
    for factor in (1.0, 4.0):
        training = {"head_lr_factor": factor, "batch_size": 128, "step": step}
        engine = Engine(small_config(training=training), digits, torch.device("cpu"))
        before = {name: tensor.clone() for name, tensor in engine.parameters().items()}
        engine.train_epoch(0, EpochSettings(phase, 0.01, 1.0, 1.0, "both"))  # an epoch of one step
        moved[factor] = {name: tensor - before[name] for name, tensor in engine.parameters().items()}
    for name in ("0.weight", "11.weight"):
        times = 4.0 if name.startswith("11") else 1.0
        torch.testing.assert_close(moved[4.0][name], times * moved[1.0][name], rtol=1e-3, atol=1e-6)


def test_asam_knows_the_names_of_the_heads_parameters(digits: Dataset) -> None:
    config = small_config(training={"head_lr_factor": 2.0}, perturbation={"kind": "asam", "eta": 0.01})
    engine = Engine(config, digits, torch.device("cpu"))
    engine.train_epoch(0, EpochSettings("asam", 0.01, 0.5, None, "both", False, config.perturbation))
