"""`rts-search models` lists the sizes of all models, or says in one line which option is wrong."""

import json

import pytest

from rts_search.cli import app
from rts_search.operations import models
from tests.rts_search.conftest import Refused
from trainables.core.models.catalogue import BUILT_IN


def printed(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    with pytest.raises(SystemExit, match="0"):
        app(["models", *options])
    return capsys.readouterr().out


SOME = ("small", "cifar_resnet20", "mobilenet_v1", "mobilenet_v2", "vit")


@pytest.mark.slow
@pytest.mark.parametrize("names", [SOME, pytest.param(tuple(BUILT_IN), id="all", marks=pytest.mark.campaign)])
def test_the_table_has_every_model_without_and_with_separable_convolutions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], names: tuple[str, ...]
) -> None:
    monkeypatch.setattr(models, "BUILT_IN", {name: BUILT_IN[name] for name in names})
    lines = [line for line in printed(capsys, "--classes", "100").splitlines() if line.startswith("| ")]
    cells = {line.split(" | ")[0].removeprefix("| "): line.removesuffix(" |").split(" | ")[1:] for line in lines[2:]}
    assert list(cells) == list(names)
    assert cells["cifar_resnet20"] == ["0.28", "41.42", "0.05", "7.86", "0.03", "5.66"]  # as published
    assert cells["mobilenet_v1"][:4] == ["3.31", "179.43", "3.31", "254.73"]
    assert cells["mobilenet_v2"] == ["2.35", "92.51", "-", "-", "2.35", "92.51"]
    assert cells["vit"][2:] == ["-"] * 4


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were only these models, since all of them take seconds."""
    names = ("small", "resnet50", "mobilenet_v2", "vit")
    monkeypatch.setattr(models, "BUILT_IN", {name: BUILT_IN[name] for name in names})


@pytest.mark.usefixtures("few")
def test_json_has_the_reasons_and_what_was_changed(capsys: pytest.CaptureFixture[str]) -> None:
    found = {one["name"]: one for one in json.loads(printed(capsys, "--json", "--image-size", "30"))}
    assert found["vit"] == {
        "name": "vit",
        "refusal": "options.patch: must divide dataset.image_size (30), but got 4",
    }
    small = found["small"]
    assert small["parameters"] == 24_346
    assert small["products"] < small["multiply_adds"]
    assert small["bsconv_u"]["changed"] == "3 of its 3 convolutions larger than one pixel rewritten"
    assert found["mobilenet_v2"]["bsconv_u"]["refusal"].startswith("must be s, or be left out, for a model of inverted")
    assert "17 of its 1x1 convolutions" in found["mobilenet_v2"]["bsconv_s"]["changed"]


@pytest.mark.usefixtures("few")
def test_the_stem_of_large_images_gives_the_sizes_of_the_original_networks() -> None:
    sizes = {one.name: one.plain.size for one in models.model_sizes(224, 1000, "imagenet")}
    parameters = {name: size.parameters for name, size in sizes.items() if size is not None}
    assert parameters["resnet50"] == 25_557_032
    assert parameters["mobilenet_v2"] == 3_504_872


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--image-size", "7"), "--image-size: must be in [8, 4,096], but got 7"),
        (("--image-size", "4097"), "--image-size: must be in [8, 4,096], but got 4097"),
        (("--classes", "0"), "--classes: must be in [1, 1,000,000], but got 0"),
        (("--stem", "tiny"), "--stem: must be one of cifar, imagenet, but got 'tiny'"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(refused: Refused, options: tuple[str, str], line: str) -> None:
    assert refused("models", *options) == line
