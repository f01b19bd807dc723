"""`watch` follows a sweep of another process and ends with it; `logs` prints its output, or the epochs of a trial."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rts_search.study.study import SweepStudy
from tests.rts_search.conftest import CommandLine
from tests.rts_search.store.swept import Swept, swept_from

PAUSE_SECONDS = 0.3


@pytest.fixture
def swept(cli: CommandLine, tables: Path) -> Swept:
    return swept_from(tables, cli.results)


@contextmanager
def driven(swept: Swept, name: str, log: str = "") -> Iterator[None]:
    """A driver that ends one trial after the other, and then ends itself; with `log` it writes there."""
    begun = threading.Event()

    def drive() -> None:
        study = SweepStudy.load(swept.results.storage_url, name)
        with swept.results.sweep(name).driving():
            begun.set()
            for number in range(len(study.trials()), study.total):
                time.sleep(PAUSE_SECONDS)
                swept.train(study, records=True)
                if log:
                    with swept.results.sweep(name).log.open("a") as opened:
                        opened.write(f"{log} {number}\n")
            time.sleep(PAUSE_SECONDS)

    driver = threading.Thread(target=drive)
    driver.start()
    assert begun.wait(60)
    try:
        yield
    finally:
        driver.join()


@pytest.mark.slow
def test_watch_tells_each_trial_once_and_ends_with_the_sweep(cli: CommandLine, swept: Swept) -> None:
    study = swept.sweep("mine")
    swept.train(study, records=True)  # ended before: not told
    with driven(swept, "mine"):
        told = cli.run("watch", "mine").stdout
    ended = [line for line in told.splitlines() if line.startswith("[")]
    assert [line.partition("]")[0] for line in ended] == ["[2/5", "[3/5", "[4/5", "[5/5"]
    assert "mine: finished, 5 of 5 trials ended (5 completed, 0 stopped early, 0 failed)" in told


def test_watch_of_a_sweep_that_does_not_run_prints_its_status(cli: CommandLine, swept: Swept) -> None:
    swept.sweep("mine")
    told = cli.run("watch", "mine").stdout
    assert told.startswith("mine: interrupted, 0 of 5 trials ended")
    assert told == cli.run("status", "mine").stdout
    assert "none: no sweep of this name" in cli.refused("watch", "none")


@pytest.mark.slow
def test_logs_are_followed_to_the_last_line(cli: CommandLine, swept: Swept) -> None:
    swept.sweep("mine")
    with driven(swept, "mine", log="ended trial"):
        swept.results.sweep("mine").log.write_text("starting\n")
        told = cli.run("logs", "mine", "--follow").stdout
    assert told.splitlines() == ["starting", *(f"ended trial {number}" for number in range(5))]
    assert told == cli.run("logs", "mine").stdout


def test_a_sweep_of_a_terminal_has_no_log_and_the_way_to_watch_it_is_told(cli: CommandLine, swept: Swept) -> None:
    swept.sweep("mine")
    refused = cli.refused("logs", "mine")
    assert "there is no log, since mine was launched in a terminal; launch with --detach, or watch it with" in refused
    assert "`rts-search watch mine --results" in refused
    assert "none: no sweep of this name" in cli.refused("logs", "none")


def test_the_epochs_of_a_trial_are_counted_from_one(cli: CommandLine, swept: Swept) -> None:
    study = swept.sweep("mine")
    swept.train(study, records=True)
    swept.train(study, epochs=3, state="FAIL", records=True)
    head, *epochs, end = cli.run("logs", "mine", "--trial", "0").stdout.splitlines()
    assert head == "trial 0: sgd"
    assert [line.split("  ")[0] for line in epochs] == [f"epoch {number}" for number in range(1, 9)]
    assert "val_acc" in epochs[0]
    assert end == "trial 0: completed"
    head, *epochs, end = cli.run("logs", "mine", "--trial", "1").stdout.splitlines()
    assert head.startswith("trial 1: radius cosine 0.1→1, switch 4")
    assert len(epochs) == 3
    assert end == "trial 1: failed"
    told = "--trial: must be a trial of mine that has begun (0 to 1), but got 2"
    assert told in cli.refused("logs", "mine", "--trial", "2")


def test_an_epoch_whose_record_is_lost_is_told_by_what_the_study_knows(cli: CommandLine, swept: Swept) -> None:
    entry = swept.train(swept.sweep("mine"))  # writes no records
    told = cli.run("logs", "mine", "--trial", "0").stdout
    assert f"epoch 8  val_acc {entry.epochs[-1].val_acc:.4f}" in told
    assert told.count("its record is lost") == 8


@pytest.mark.slow
def test_a_trial_is_followed_to_its_end(cli: CommandLine, swept: Swept) -> None:
    study = swept.sweep("mine")
    swept.train(study, records=True)
    with driven(swept, "mine"):
        while len(study.trials()) < 2:
            time.sleep(0.01)
        told = cli.run("logs", "mine", "--trial", "1", "--follow").stdout
    assert told.splitlines()[-1] == "trial 1: completed"
    assert json.loads(cli.run("status", "mine", "--json").stdout)["state"] == "finished"
