import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainables.core.data import check_dataset, load_dataset
from trainables.core.data.own_function import FORM
from trainables.core.data.registry import DATASETS
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


@pytest.mark.parametrize("setting", [{"root": "somewhere"}, {"download": True}, {"image_size": 8}])
def test_settings_that_digits_do_not_use_are_refused(setting: dict[str, Any]) -> None:
    check_dataset(DatasetConfig("digits"))
    with pytest.raises(ConfigError, match=f"{next(iter(setting))}: is not used by digits: leave it out"):
        check_dataset(DatasetConfig("digits", **setting))


@pytest.mark.parametrize("name", sorted(DATASETS.keys() - {"digits", FORM}))
def test_a_data_set_in_files_needs_its_folder(name: str) -> None:
    with pytest.raises(ConfigError, match=f"root: is needed by {name}: name its folder"):
        check_dataset(DatasetConfig(name))


@pytest.mark.parametrize(
    ("name", "setting"),
    [("cifar10", {"image_size": 8}), ("imagefolder", {"download": True}), ("flowers102", {"download": True})],
)
def test_no_data_set_takes_another_ones_settings(name: str, setting: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"is not used by {name}"):
        check_dataset(DatasetConfig(name, root=str(tmp_path), **setting))


def test_an_unknown_name_is_refused_with_the_list() -> None:
    for use in (check_dataset, load_dataset):
        with pytest.raises(ConfigError, match="name: must be one of digits, cifar10, cifar100, imagefolder, tiny_imag"):
            use(DatasetConfig("mnist"))


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        DATASETS["mine"] = DATASETS["digits"]  # type: ignore[index]


def test_loading_images_loads_neither_torch_nor_pandas_nor_pyarrow() -> None:
    code = (
        "import sys\n"
        "from trainables.core.settings.config import DatasetConfig\n"
        "from trainables.core.data import load_dataset\n"
        "load_dataset(DatasetConfig('digits'))\n"
        "assert not {'torch', 'torchvision', 'pandas', 'pyarrow'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
