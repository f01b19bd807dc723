"""What trained an epoch: the device, and the versions of the libraries that define its model."""

from importlib.metadata import version
from itertools import islice
from pathlib import Path

import pytest
import torch

from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset
from trainables.core.history.provenance import machine
from trainables.core.history.store import Store
from trainables.core.models import libraries
from trainables.core.models.libraries import libraries_of
from trainables.core.settings.config import TrialConfig
from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("small", ()),
        ("upanet16", ()),
        ("timm/vit_tiny_patch16_224", ("timm",)),
        ("torchvision/vgg11", ("torchvision",)),
        ("resnet18", ("torchvision",)),
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


def test_provenances_of_models_without_a_library_are_what_they_were() -> None:
    assert machine(CPU, model_name="small") == machine(CPU)
    assert "libraries" not in machine(CPU)
    assert machine(CPU, model_name="timm/mobilenetv1_100")["libraries"] == {"timm": version("timm")}


MINE = "import timm\nfrom trainables.core.models.small import small as net\n"


def test_after_an_upgrade_a_sweep_goes_on_with_its_own_epochs_and_nobody_else_does(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "net_with_timm.py").write_text(MINE)
    config = small_config(model={"name": "net_with_timm:net"})
    store = Store(str(tmp_path / "store"))
    begun = list(islice(trial(config, digits, store, "mine/0").epochs(), 2))
    known = frozenset((outcome.stored.key, outcome.stored.provenance) for outcome in begun)

    monkeypatch.setattr(libraries, "version", lambda _: "99.0")
    own = list(trial(config, digits, store, "mine/0", known).epochs())
    assert keys(own[:2]) == keys(begun)
    assert all(outcome.spent for outcome in own)
    assert len({outcome.stored.provenance for outcome in own}) == 2, "told as the work of two"
    other = list(trial(config, digits, store, "other/0").epochs())
    assert all(outcome.spent for outcome in other), "nothing of before is taken up"
    assert {outcome.stored.provenance for outcome in other}.isdisjoint(provenance for _, provenance in known)
    assert [key for key, _ in keys(other)] == [key for key, _ in keys(own)], "addresses stay"


def trial(
    config: TrialConfig, data: Dataset, store: Store, name: str, adopted: frozenset[tuple[str, str]] = frozenset()
) -> Trial:
    return Trial(config, data, store, name, policy=StatePolicy(every_seconds=0.0), adopted=adopted)


def keys(outcomes: list[EpochOutcome]) -> list[tuple[str, str]]:
    return [(outcome.stored.key, outcome.stored.provenance) for outcome in outcomes]
