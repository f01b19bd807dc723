"""Pretrained weights are checked by name and file before anything is built."""

import subprocess
import sys
from pathlib import Path

import pytest

from trainables.core.models import weights
from trainables.core.models.weights import MissingWeightsError, check_pretrained
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError


@pytest.mark.parametrize(
    ("file", "reason"),
    [("a.pt", "No such file"), ("folder.pt", "it is a folder"), (f"{'x' * 300}.pt", "name too long")],
)
def test_a_file_that_is_not_there_is_refused_by_its_name(file: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(MissingWeightsError, match=rf"pretrained: must be a file that can be read .*{reason}.*{file}"):
        check_pretrained(ModelConfig("small", pretrained=str(tmp_path / file)))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (ModelConfig("small", pretrained="weights.bin"), "must be default or a file that ends in .safetensors"),
        (ModelConfig("small", pretrained="default"), "must be a file for small: only models of torchvision and timm"),
        (ModelConfig("json:loads", pretrained="default"), "must be a file for json:loads"),
        (ModelConfig("resnet18", pretrained="default"), r"needs options.stem imagenet for resnet18"),
        (ModelConfig("mnasnet", pretrained="default"), r"needs options.stem imagenet for mnasnet"),
        (ModelConfig("resnet10", pretrained="default"), "must be a file for resnet10"),
    ],
)
def test_weights_that_nobody_publishes_are_refused(config: ModelConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^pretrained: {message}"):
        check_pretrained(config)
    check_pretrained(ModelConfig("resnet18", {"stem": "imagenet"}, pretrained="default"))
    check_pretrained(ModelConfig("timm/test_vit", pretrained="default"))


def test_looking_at_weights_loads_no_torch() -> None:
    code = f"import sys, {weights.__name__}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
