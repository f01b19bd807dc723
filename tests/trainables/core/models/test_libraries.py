"""The libraries that define a model are found with their versions."""

from importlib.metadata import version
from pathlib import Path

import pytest

from trainables.core.models.libraries import libraries_of


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("small", ()),
        ("upanet16", ()),
        ("timm/vit_tiny_patch16_224", ("timm",)),
        ("torchvision/vgg11", ("torchvision",)),
        ("resnet18", ("torchvision",)),
        ("resnet10", ("torchvision",)),
        ("vit", ("torchvision",)),
        ("cifar_resnet20", ()),
    ],
)
def test_the_library_that_defines_a_model_is_known_by_its_version(model: str, names: tuple[str, ...]) -> None:
    assert libraries_of(model) == {name: version(name) for name in names}


def test_so_are_those_that_a_file_of_ones_own_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "plain_net.py").write_text("import math, torch\nfrom trainables.core.models.small import small\n")
    (tmp_path / "resnets_of_mine.py").write_text("from PIL import Image\ndef net():\n    import timm.layers\n")
    (tmp_path / "broken_net.py").write_text("def net(:\n")
    assert libraries_of("plain_net:small") == libraries_of("broken_net:net") == libraries_of("gone_net:net") == {}
    assert libraries_of("resnets_of_mine:net") == {"pillow": version("pillow"), "timm": version("timm")}
