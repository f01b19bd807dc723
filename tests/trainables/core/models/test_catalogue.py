import subprocess
import sys
from pathlib import Path

import pytest
import timm
import torchvision

from trainables.core.models import catalogue
from trainables.core.models.catalogue import BUILT_IN, check_model_name, timm_classifiers, torchvision_classifiers
from trainables.core.settings.section import ConfigError


@pytest.mark.parametrize(
    "name",
    [
        *BUILT_IN,
        *("torchvision/resnet50", "torchvision/inception_v3", "torchvision/vit_b_16"),
        *("timm/mobilenetv1_100", "timm/legacy_xception", "timm/vit_tiny_patch16_224.augreg_in21k"),
        *("json:loads", "a1.b:c"),
    ],
)
def test_a_name_that_can_be_built_is_accepted(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "a1").mkdir()
    check_model_name(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("smal", r"name: must be small, .*module:function \(did you mean small.*\), but got 'smal'"),
        ("vgg16_b", r"did you mean .*torchvision/vgg16_bn"),
        ("", "must be small, upanet16, .*resnet152, torchvision/NAME, timm/NAME or package.module:function, but"),
        ("mobilenetv1_10", "did you mean .*timm/mobilenetv1_100"),
        ("timm/mobilnetv1_100", "must be a classification model of timm .did you mean timm/mobilenetv1_100"),
        ("timm/no_such.a1_in1k", "must be a classification model of timm"),
        ("timm/", "must be a classification model of timm"),
        ("torchvision/resnet_18", "must be a classification model of torchvision .did you mean .*torchvision/resnet18"),
        ("torchvision/fasterrcnn_resnet50_fpn", "must be a classification model of torchvision"),
        ("torchvision/deeplabv3_resnet50", "must be a classification model of torchvision"),
        ("torchvision/quantized_resnet18", "must be a classification model of torchvision"),
        ("torchvision/r3d_18", "must be a classification model of torchvision"),
        ("torchvision/raft_large", "must be a classification model of torchvision"),
        ("torchvision/", "must be a classification model of torchvision"),
        ("json:", "must have the form package.module:function"),
        (":loads", "must have the form package.module:function"),
        ("json.:loads", "must have the form package.module:function"),
        ("json:loads:dumps", "must have the form package.module:function"),
        ("no_such_package.nets:tiny", "install 'no_such_package', or add its folder to PYTHONPATH"),
    ],
)
def test_another_name_is_refused_with_the_way_out(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        check_model_name(name)
    assert caught.value.place == "name"
    assert "\n" not in str(caught.value)


def test_the_classifiers_are_those_that_torchvision_lists() -> None:
    assert list(torchvision_classifiers()) == torchvision.models.list_models(module=torchvision.models)


def test_timms_models_are_those_that_timm_lists() -> None:
    assert list(timm_classifiers()) == sorted(timm.list_models())


def test_without_timm_its_models_are_refused_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "timm_classifiers", tuple)
    with pytest.raises(ConfigError, match=r"^name: needs timm: pip install 'rts-search\[timm\]', but got 'timm/"):
        check_model_name("timm/test_vit")
    with pytest.raises(ConfigError, match=r"did you mean .*torchvision/vgg16_bn"):
        check_model_name("vgg16_b")


def test_checking_names_loads_no_torch() -> None:
    code = (
        "import sys, trainables.core.models\n"
        "from trainables.core.models.catalogue import check_model_name\n"
        "for name in ('small', 'torchvision/resnet50', 'timm/test_vit', 'torch.nn:Linear'): check_model_name(name)\n"
        "assert not {'torch', 'torchvision', 'timm'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_function_of_a_script_is_refused_because_no_worker_could_import_it() -> None:
    code = "from trainables.core.models.catalogue import check_model_name; check_model_name('__main__:tiny')"
    result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "must name an importable package" in result.stderr
