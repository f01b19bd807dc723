"""Claims: two sweeps over one store do not train the same epoch at the same time."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rts_search.basics.driver import identified
from rts_search.basics.signals import Noted
from rts_search.running import claims
from rts_search.running.claims import Claims
from trainables.core.history.store import Store

EPOCHS = [str(number) * 64 for number in range(6)]
BRANCH = [*EPOCHS[:2], "b" * 64]
"""The epochs of a trial that shares only its first two epochs with the others."""


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store in a local folder, and one in a bucket."""
    url = str(tmp_path / "store") if request.param == "folder" else f"memory://{tmp_path.name}"
    return Store(url)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renew claims every 0.1 seconds, and remove those that were not renewed for a second."""
    for name, seconds in {"BEAT_SECONDS": 0.1, "STALE_SECONDS": 1.0, "LOOK_SECONDS": 0.0}.items():
        monkeypatch.setattr(claims, name, seconds)


def test_who_comes_second_waits_until_the_common_epochs_are_trained(store: Store) -> None:
    one, two = Claims(store, "one", "here"), Claims(store, "two", "here")
    with one.renewed(), two.renewed():
        assert one.take(0, EPOCHS[:4])
        assert not two.take(7, BRANCH)
        assert two.take(8, EPOCHS[4:]), "a trial whose epochs no other sweep trains can begin"
        one.hold(0, EPOCHS[1:4])
        time.sleep(0.5)
        assert not two.take(7, BRANCH)
        one.hold(0, EPOCHS[2:4])
        two.wait(10.0, Noted())
        assert two.take(7, BRANCH)


@pytest.mark.slow
def test_a_claim_lasts_while_its_sweep_runs_and_is_given_back(store: Store) -> None:
    one, two = Claims(store, "one", "here"), Claims(store, "two", "here")
    with one.renewed():
        assert one.take(0, EPOCHS)
        time.sleep(1.5)
        assert not two.take(0, EPOCHS)
    assert two.take(0, EPOCHS)
    two.release(0)
    assert one.take(0, EPOCHS)


@pytest.mark.slow
def test_a_sweep_that_is_gone_is_waited_for_no_longer(store: Store) -> None:
    assert Claims(store, "killed", "here").take(0, EPOCHS)
    two = Claims(store, "two", "here")
    assert not two.take(0, EPOCHS)
    two.wait(10.0, Noted())
    assert two.take(0, EPOCHS)
    assert list(store.claims()) == ["two"], "its claim is removed"
    assert Claims(store, "two", "here").take(1, EPOCHS), "a sweep does not wait for its own old claim"


def test_a_driver_that_no_longer_runs_on_this_machine_is_not_waited_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "STALE_SECONDS", 1e6)
    with subprocess.Popen(["sleep", "600"]) as driver:
        with monkeypatch.context() as patch:
            patch.setattr(claims, "this_process", lambda: identified(driver.pid))
            assert Claims(store, "killed", "here").take(0, EPOCHS)
        two, three = Claims(store, "two", "here"), Claims(store, "three", "here")
        assert not two.take(0, EPOCHS)
        driver.kill()
        driver.wait()
    assert two.take(0, EPOCHS)
    assert list(store.claims()) == ["two"], "its claim is removed"
    assert not three.take(0, EPOCHS), "the one who has it now runs"


def test_a_claim_of_an_earlier_version_names_no_driver_and_is_waited_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "STALE_SECONDS", 0.1)
    store.put_claim("earlier", json.dumps({"machine": "here", "epochs": EPOCHS, "beat": 1}).encode())
    two = Claims(store, "two", "here")
    assert not two.take(0, EPOCHS)
    two.wait(10.0, Noted())
    assert two.take(0, EPOCHS)


def test_what_another_machine_trains_is_waited_for_only_where_it_is_of_use(store: Store) -> None:
    assert Claims(store, "one", "a CPU").take(0, EPOCHS)
    assert Claims(store, "two", "a GPU").take(0, EPOCHS)
    assert not Claims(store, "three", "a third", shares_with_any=True).take(0, EPOCHS)


@pytest.mark.parametrize("turns", [6, pytest.param(40, marks=pytest.mark.campaign)])
def test_of_many_who_ask_at_the_same_moment_no_two_begin(store: Store, turns: int) -> None:
    for turn in range(turns):
        asking = [Claims(store, f"{turn}-{number}", "here") for number in range(8)]
        wanted = [f"{turn:02}" * 32]
        with ThreadPoolExecutor(len(asking)) as pool:
            taken = list(pool.map(lambda claim, wanted=wanted: claim.take(0, wanted), asking))
        assert sum(taken) <= 1
        for claim in asking:
            claim.release(0)
        assert asking[0].take(0, wanted), "released claims are removed"
        asking[0].release(0)


def test_claims_are_no_part_of_what_the_store_keeps(store: Store) -> None:
    assert Claims(store, "one", "here").take(0, EPOCHS)
    store.put_state("ab" * 32, "here", b"state")
    assert [file.kind for file in store.files()] == ["state"]


def test_a_folder_that_cannot_be_written_keeps_no_sweep_from_its_work(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    assert Claims(Store(str(tmp_path / "store")), "one", "here").take(0, EPOCHS)
