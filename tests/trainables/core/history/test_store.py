"""The checkpoint store: what is written is read back, and damaged files are never used."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from trainables.core.history.record import EpochRecord, StoredEpoch
from trainables.core.history.sealing import DamagedError, seal
from trainables.core.history.store import Store

RECORD = EpochRecord(
    epoch=0,
    phase="pugd",
    radius=0.1 + 0.2,
    scale=1.0,
    learning_rate=0.1,
    train_loss=1 / 3,
    train_acc=0.5,
    val_loss=2 / 3,
    val_acc=0.25,
    grad_norm=1.5,
    gradient_evaluations=6,
    seconds=0.5,
)
EPOCH = StoredEpoch(
    key="ab12",
    provenance="machine",
    parent=None,
    trained_by="sweep/0",
    record=RECORD,
    grad_norms=(1.25, 1.0 / 3.0, 2.0),
    machine={"device": "cpu", "threads": 1},
)


@pytest.fixture(params=["directory", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store in a local folder, and one in another kind of filesystem."""
    return Store(str(tmp_path / "store") if request.param == "directory" else f"memory://{tmp_path.name}/store")


def test_a_record_comes_back_to_the_last_bit(store: Store) -> None:
    store.put_epoch(EPOCH)
    assert store.epoch("ab12", "machine") == EPOCH
    assert store.epochs("ab12") == [EPOCH]


def test_an_unknown_address_holds_nothing(store: Store) -> None:
    assert store.epoch("ab12", "machine") is None
    assert store.epochs("ab12") == []
    assert not store.has_state("ab12", "machine")
    with pytest.raises(FileNotFoundError):
        store.state("ab12", "machine")


def test_the_first_record_of_an_address_stays(store: Store) -> None:
    store.put_epoch(EPOCH)
    store.put_epoch(replace(EPOCH, trained_by="another/1"))
    assert store.epoch("ab12", "machine") == EPOCH


def test_records_of_several_machines_stand_side_by_side(store: Store) -> None:
    other = replace(EPOCH, provenance="other")
    store.put_epoch(other)
    store.put_epoch(EPOCH)
    assert store.epochs("ab12") == [EPOCH, other]


def test_a_state_comes_back_and_can_be_dropped(store: Store) -> None:
    store.put_state("ab12", "machine", b"weights")
    assert store.state("ab12", "machine") == b"weights"
    store.drop_state("ab12", "machine")
    assert not store.has_state("ab12", "machine")


@pytest.mark.parametrize("position", [0, 31, 32, -1])
def test_one_flipped_bit_anywhere_in_a_state_is_found(tmp_path: Path, position: int) -> None:
    store = Store(str(tmp_path))
    store.put_state("ab12", "machine", b"weights" * 100)
    file = tmp_path / "ab" / "ab12" / "machine.state"
    content = bytearray(file.read_bytes())
    content[position] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedError, match=r"machine\.state: does not match its checksum"):
        store.state("ab12", "machine")


@pytest.mark.parametrize("kept", [0, 20, 200])
def test_a_half_written_record_counts_as_none_and_is_written_anew(tmp_path: Path, kept: int) -> None:
    store = Store(str(tmp_path))
    store.put_epoch(EPOCH)
    file = tmp_path / "ab" / "ab12" / "machine.epoch"
    file.write_bytes(file.read_bytes()[:kept])
    assert store.epoch("ab12", "machine") is None
    assert store.epochs("ab12") == []
    store.put_epoch(EPOCH)
    assert store.epoch("ab12", "machine") == EPOCH


def test_a_sound_file_of_another_format_counts_as_none(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put_epoch(EPOCH)
    (tmp_path / "ab" / "ab12" / "machine.epoch").write_bytes(seal(b'{"key": "ab12"}'))
    assert store.epoch("ab12", "machine") is None


def test_a_write_leaves_no_partial_file(tmp_path: Path) -> None:
    Store(str(tmp_path)).put_state("ab12", "machine", b"weights")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["machine.state"]


def test_a_partial_file_of_a_killed_writer_is_not_taken_for_a_state(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    folder = tmp_path / "ab" / "ab12"
    folder.mkdir(parents=True)
    (folder / ".machine.state.1234.partial").write_bytes(b"half")
    (folder / ".machine.epoch.1234.partial").write_bytes(b"half")
    assert not store.has_state("ab12", "machine")
    assert store.epochs("ab12") == []


def test_every_file_is_listed_with_its_address_and_size(store: Store) -> None:
    began = time.time()
    store.put_epoch(EPOCH)
    store.put_state("ab12", "other-machine", b"weights")
    record, state = store.files()
    assert (record.kind, record.address) == ("epoch", ("ab12", "machine"))
    assert (state.kind, state.address, state.size) == ("state", ("ab12", "other-machine"), 32 + len(b"weights"))
    assert began - 1 <= state.written <= time.time() + 1
    assert store.verify(record)
    assert store.verify(state)
    store.remove(state)
    store.remove(state)
    assert list(store.files()) == [record]
    with pytest.raises(FileNotFoundError):
        store.verify(state)


def test_a_partial_file_is_listed_as_one(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put_state("ab12", "machine", b"weights")
    (tmp_path / "ab" / "ab12" / ".machine.state.1234.partial").write_bytes(b"half")
    (tmp_path / "ab" / "ab12" / "notes.txt").write_bytes(b"not of the store")
    assert [(file.kind, file.provenance) for file in store.files()] == [("partial", "machine"), ("state", "machine")]


@pytest.mark.parametrize("position", [0, 31, 32, -1])
@pytest.mark.parametrize("kind", ["epoch", "state"])
def test_one_flipped_bit_is_found_by_verifying(tmp_path: Path, kind: str, position: int) -> None:
    store = Store(str(tmp_path))
    store.put_epoch(EPOCH)
    store.put_state("ab12", "machine", b"weights" * 100)
    file = tmp_path / "ab" / "ab12" / f"machine.{kind}"
    content = bytearray(file.read_bytes())
    content[position] ^= 1
    file.write_bytes(content)
    assert {found.kind: store.verify(found) for found in store.files()} == {"epoch": True, "state": True, kind: False}


@pytest.mark.parametrize("place", ["ab/ab34/machine", "ab/ab12/other"])
def test_a_record_or_a_state_at_another_address_is_damaged_and_never_used(tmp_path: Path, place: str) -> None:
    store, (key, provenance) = Store(str(tmp_path)), place.split("/")[1:]
    store.put_epoch(EPOCH)
    store.put_state("ab12", "machine", b"weights")
    (tmp_path / place).parent.mkdir(exist_ok=True)
    for kind in ("epoch", "state"):
        (tmp_path / "ab" / "ab12" / f"machine.{kind}").rename(tmp_path / f"{place}.{kind}")
    assert [store.verify(file) for file in store.files()] == [False, False]
    with pytest.raises(DamagedError, match="is the record of another epoch, ab12/machine"):
        store.read(key, provenance)
    assert store.epochs(key) == []
    with pytest.raises(DamagedError, match="belongs to another epoch"):
        store.state(key, provenance)
    misplaced = replace(EPOCH, key=key, provenance=provenance)
    store.put_epoch(misplaced)
    assert store.epoch(key, provenance) == misplaced, "it is written over what does not belong there"


def test_a_state_of_an_earlier_version_is_read_although_it_has_no_address(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put_state("ab12", "machine", b"")
    (tmp_path / "ab" / "ab12" / "machine.state").write_bytes(seal(b"weights"))
    assert store.state("ab12", "machine") == b"weights"
    assert [store.verify(file) for file in store.files()] == [True]


def test_a_file_in_the_folder_of_other_addresses_is_not_sound(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put_epoch(EPOCH)
    store.put_state("ab12", "machine", b"weights")
    (tmp_path / "ab").rename(tmp_path / "cd")
    assert [store.verify(file) for file in store.files()] == [False, False]


def test_missing_and_damaged_are_told_apart(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        store.read("ab12", "machine")
    store.put_epoch(EPOCH)
    assert store.read("ab12", "machine") == EPOCH


def test_a_state_larger_than_its_model_can_have_is_not_read(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put_state("ab12", "machine", bytes(1000))
    with pytest.raises(DamagedError, match="has more than 1,000 bytes"):
        store.state("ab12", "machine", 1000)
    assert store.state("ab12", "machine", 1032) == bytes(1000)


def test_a_state_that_was_written_anew_is_not_dropped(store: Store) -> None:
    store.put_state("ab12", "machine", b"weights")
    written = store.state_written("ab12", "machine")
    assert written is not None
    store.drop_state("ab12", "machine", written - 1)
    assert store.has_state("ab12", "machine")
    store.drop_state("ab12", "machine", written)
    assert store.state_written("ab12", "machine") is None
