"""What bsconv is called in addresses: as in earlier versions, unless numbers or layers are others."""

import pytest

from trainables.core.models.bsconv_address import bsconv_identity
from trainables.core.settings.config import ModelConfig


def identity(name: str, bsconv: object) -> object:
    return bsconv_identity(ModelConfig.from_dict({"name": name, "bsconv": bsconv}))


def test_default_numbers_are_called_by_the_kind_alone_in_whatever_form_they_are_given() -> None:
    for name in ("small", "resnet18", "torchvision/resnet50", "timm/resnet18", "my_nets:net", "wrn16_4"):
        forms: list[object] = ["s", {"kind": "s"}, {"kind": "s", "p": 0.25}, {"kind": "s", "p": 0.25, "alpha": 0.1}]
        assert [identity(name, form) for form in forms] == ["s"] * 4
        assert identity(name, "u") == identity(name, {"kind": "u"}) == "u"
        assert identity(name, None) is None


def test_each_other_number_counts() -> None:
    forms = [{"p": 0.125}, {"alpha": 0.2}, {"p": 0.25, "alpha": 0.2}, {"alpha": 0.0}, {}]
    found = [identity("resnet18", {"kind": "s", **form}) for form in forms]
    assert found[1] == found[2]
    assert len({str(one) for one in found}) == 4


@pytest.mark.parametrize("kind", ["u", "s"])
@pytest.mark.parametrize(
    "name",
    [
        *("timm/mobilenetv1_100", "timm/legacy_xception", "timm/tf_efficientnet_b0", "timm/tf_mobilenetv3_large_100"),
        *("torchvision/mobilenet_v2", "torchvision/mobilenet_v3_small", "torchvision/efficientnet_b0"),
        *("torchvision/mnasnet0_5", "torchvision/shufflenet_v2_x1_0"),
    ],
)
def test_where_only_the_stem_was_replaced_before_the_address_is_another(name: str, kind: str) -> None:
    assert identity(name, kind) == {"kind": kind, "blocks": 2}


def test_efficientnet_v2_has_standard_convolutions_behind_its_stem_as_before() -> None:
    assert identity("torchvision/efficientnet_v2_s", "s") == identity("timm/tf_efficientnetv2_s", "s") == "s"
