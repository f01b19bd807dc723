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
from trainables.core.settings.config import TrialConfig
from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial

CPU = torch.device("cpu")


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


def test_what_was_trained_in_parts_is_not_taken_for_the_work_of_this_machine() -> None:
    cpu = torch.device("cpu")
    assert machine(cpu, 1) == machine(cpu)
    assert machine(cpu, 4) != machine(cpu)
