"""Epochs that are trained again are compared with what is known of them, and the store stays as it is meanwhile."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.trainables.core.history.test_store import EPOCH, RECORD
from tests.trainables.test_worker import order
from trainables.core.history.store import Store
from trainables.core.settings.metrics import METRICS
from trainables.order import TrialOrder
from trainables.restoration import ContradictionError, Restorer, RestoreTask, ScratchStore
from trainables.worker import TrialWorker

ADDRESS = (EPOCH.key, EPOCH.provenance)


def scratch(tmp_path: Path, **expected: Any) -> tuple[Store, ScratchStore]:
    return Store(str(tmp_path / "store")), ScratchStore(
        str(tmp_path / "store"), str(tmp_path / "scratch"), {ADDRESS: expected}
    )


def test_the_store_below_is_read_and_never_written(tmp_path: Path) -> None:
    below, store = scratch(tmp_path)
    below.put_epoch(EPOCH)
    below.put_state(*ADDRESS, b"state")
    other = replace(EPOCH, provenance="other")
    store.put_epoch(other)
    store.put_state("ab12", "other", b"another")
    assert store.epochs("ab12") == [EPOCH, other]
    assert (store.state(*ADDRESS), store.state("ab12", "other")) == (b"state", b"another")
    store.drop_state(*ADDRESS)
    store.drop_state("ab12", "other")
    assert (store.has_state(*ADDRESS), store.has_state("ab12", "other")) == (True, False)
    assert below.epochs("ab12") == [EPOCH]


@pytest.mark.parametrize("name", ["val_acc", "val_loss"])
def test_an_epoch_with_other_numbers_than_the_study_has_is_refused_with_its_state(tmp_path: Path, name: str) -> None:
    _, store = scratch(tmp_path, **{name: getattr(RECORD, name) + 2**-40, "macro_f1": None})
    store.put_state(*ADDRESS, b"state")
    with pytest.raises(ContradictionError, match=rf"epoch 1 has {name} [\d.]+ when it is trained anew, but had [\d.]+"):
        store.put_epoch(EPOCH)
    assert store.epoch(*ADDRESS) is None
    assert not store.has_state(*ADDRESS)


def test_an_epoch_with_other_numbers_than_its_sound_record_is_refused(tmp_path: Path) -> None:
    below, store = scratch(tmp_path)
    below.put_epoch(EPOCH)
    store.put_epoch(replace(EPOCH, record=replace(RECORD, seconds=99.0)))
    with pytest.raises(ContradictionError, match="epoch 1 has train_loss"):
        store.put_epoch(replace(EPOCH, record=replace(RECORD, train_loss=0.5)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrialOrder:
    """The order of a trial that has been trained."""
    asked = order(tmp_path_factory.mktemp("trained") / "store", 0, "dataset.num_train=64", epochs=3)
    worker = TrialWorker()
    worker.take(asked)
    while not worker.report()["done"]:
        pass
    return asked


def task(asked: TrialOrder, *lost: int) -> tuple[RestoreTask, list[Path]]:
    """The task of these epochs, whose records are lost, and the files of all records."""
    store = Store(asked.store)
    epochs = sorted((store.read(*file.address) for file in store.files() if file.kind == "epoch"), key=_number)
    told = [
        {"key": one.key, "provenance": one.provenance, "trained_by": "owner"}
        | {name: getattr(one.record, name) for name in METRICS}
        for one in epochs
    ]
    files = [Path(asked.store, one.key[:2], one.key, f"{one.provenance}.epoch") for one in epochs]
    return RestoreTask(asked.to_dict(), tuple(told), lost, (1, 4)), files


def _number(epoch: Any) -> int:
    return int(epoch.record.epoch)


def test_lost_epochs_are_stored_again_under_the_name_of_their_owner(trained: TrialOrder, tmp_path: Path) -> None:
    asked, files = task(trained, 0, 2)
    store = Store(trained.store)
    before = [store.read(one["key"], one["provenance"]) for one in asked.epochs]
    for epoch in asked.lost:
        files[epoch].unlink()
    assert Restorer(trained.store, str(tmp_path / "scratch")).restore(asked) == (2, "")
    after = [store.read(one["key"], one["provenance"]) for one in asked.epochs]
    assert [epoch.trained_by for epoch in after] == ["owner", "study/0", "owner"]
    for old, new in zip(before, after, strict=True):
        same = replace(new, trained_by=old.trained_by, record=replace(new.record, seconds=old.record.seconds))
        assert same == old, "to the last bit"


def test_a_mini_batch_in_parts_is_another_machine_to_the_numbers(trained: TrialOrder, tmp_path: Path) -> None:
    asked, _ = task(trained, 1)
    found, why = Restorer(trained.store, str(tmp_path / "scratch")).restore(replace(asked, micro_batches=(4,)))
    assert found == 0
    assert why.startswith("epoch 2 was trained on another machine or with other libraries (")
