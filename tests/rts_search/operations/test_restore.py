"""Lost epochs are named by every command that needs them, and trained again bit for bit."""

import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from rts_search.basics.results_folder import Results
from rts_search.study.study import SweepStudy
from tests.rts_search.conftest import CommandLine

pytestmark = pytest.mark.slow

TINY = ("training.epochs=4", "dataset.num_train=64", "search.trials=4", "resources.max_concurrent_trials=1")
SPACE = "space={radius: {value: {uniform: [0.1, 1.0]}}, timing: {switch_epoch: [1, 3]}}"
LAUNCH = ("launch", "digits", *(part for setting in (*TINY, SPACE) for part in ("--set", setting)))


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A sweep that has ended: sgd, ngd and pugd, and four trials that share its first epochs."""
    line = CommandLine(tmp_path_factory.mktemp("launched") / "results")
    line.run(*LAUNCH)
    return line


def tables(line: CommandLine) -> tuple[str, str]:
    """The table of trials and that of epochs, without times."""
    epochs = pd.read_parquet(line.results / "digits" / "epochs.parquet")
    return line.csv_without_times("digits"), epochs.drop(columns="seconds").to_csv()


def records(line: CommandLine) -> list[Path]:
    return sorted((line.results / "store").rglob("*.epoch"))


def forget_tables(line: CommandLine) -> None:
    for file in (line.results / "digits").glob("*.*"):
        if file.suffix in (".csv", ".parquet"):
            file.unlink()


def change(line: CommandLine, statement: str, *values: str) -> None:
    """Change the study database as if it had always been so, as one of an earlier version without checksums."""
    with contextlib.closing(sqlite3.connect(line.results / "studies.sqlite3")) as database, database:
        database.execute(statement, values)
        database.execute("delete from trial_user_attributes where key = 'checksum'")


def every_second_record(line: CommandLine) -> None:
    for number, file in enumerate(records(line)[::2]):
        file.unlink()
        if number % 2:
            os.mkfifo(file)


def the_whole_store(line: CommandLine) -> None:
    shutil.rmtree(line.results / "store")


@pytest.mark.parametrize("lose", [every_second_record, pytest.param(the_whole_store, marks=pytest.mark.campaign)])
def test_lost_epochs_come_back_bit_for_bit(
    launched: CommandLine, line: CommandLine, lose: Callable[[CommandLine], None]
) -> None:
    lose(line)
    forget_tables(line)
    told = line.run("table", "digits", code=2)
    assert "| trial |" in told.stdout, "the ranking is printed all the same"
    assert told.stderr.startswith("rts-search: digits: the tables must have every epoch, but lack ")
    assert f"`rts-search restore digits --results {line.results}`" in told.stderr
    trained = line.run("restore", "digits").stdout
    assert trained.splitlines()[-1].startswith("digits: ")
    assert "epochs are restored" in trained.splitlines()[-1]
    assert tables(line) == tables(launched)
    assert line.run("table", "digits").stderr == ""
    assert line.run("verify").stdout.endswith("none damaged, 0 partial files.\n")
    assert "no epoch was lost" in line.run("restore", "digits").stdout
    assert not list(line.results.glob(".restore*"))


def test_verify_names_lost_epochs_and_the_way_to_get_them_back(line: CommandLine) -> None:
    first, second = records(line)[:2]
    first.unlink()
    second.write_bytes(b"nothing")
    out = line.run("verify", code=1).stdout.splitlines()
    assert out[0] == f"damaged: {second}: does not match its checksum"
    assert out[1].startswith("lost in digits: ")
    assert out[1].endswith(f"; get them back with `rts-search restore digits --results {line.results}`")
    line.run("verify", "--delete-damaged", code=1)
    facts = json.loads(line.run("verify", "--json", code=1).stdout)
    assert facts["damaged"] == []
    assert {one["why"] for one in facts["lost"]["digits"]} == {"missing"}


def test_a_table_whose_rows_come_from_an_earlier_one_says_so(launched: CommandLine, line: CommandLine) -> None:
    the_whole_store(line)
    told = line.run("table", "digits").stderr
    assert told.startswith("digits: rows of ")
    assert f"in {line.results / 'store'} (it is not there) come from the earlier epochs.parquet; get them" in told
    assert tables(line) == tables(launched)


def test_a_resume_of_a_sweep_whose_store_is_gone_is_refused(line: CommandLine) -> None:
    the_whole_store(line)
    told = line.refused("resume", "digits")
    assert f"{line.results / 'store'}: must be the store of digits, but is not there" in told


def test_an_extension_that_finds_lost_records_names_them_and_ends_with_all_it_can(line: CommandLine) -> None:
    records(line)[0].unlink()
    forget_tables(line)
    told = line.run("resume", "digits", "--trials", "5", code=2)
    assert "digits: the tables must have every epoch, but lack " in told.stderr
    line.run("restore", "digits")
    study = SweepStudy.load(Results(line.results).storage_url, "digits")
    rows = pd.read_parquet(line.results / "digits" / "epochs.parquet")
    assert len(rows) == sum(len(entry.epochs) for entry in study.trials())


def test_an_epoch_that_contradicts_the_database_is_named_and_nothing_is_stored(line: CommandLine) -> None:
    study = SweepStudy.load(Results(line.results).storage_url, "digits")
    epoch = study.trials()[0].epochs[2]
    text = "update trial_user_attributes set value_json = replace(value_json, ?, ?) where key = 'epoch:000002'"
    change(line, text, f'"val_acc": {epoch.val_acc!r}', '"val_acc": 0.125')
    lost = line.results / "store" / epoch.key[:2] / epoch.key / f"{epoch.provenance}.epoch"
    lost.unlink()
    before = records(line)
    told = line.refused("restore", "digits")
    assert "0 of " in told
    assert f"epoch 3 has val_acc {epoch.val_acc!r} when it is trained anew, but had 0.125; nothing is stored" in told
    assert records(line) == before
    assert not list(line.results.glob(".restore*"))


def test_epochs_of_another_machine_are_not_trained_here(line: CommandLine) -> None:
    here = records(line)[0].stem
    change(line, "update trial_user_attributes set value_json = replace(value_json, ?, ?)", here, "0123456789abcdef")
    told = line.refused("restore", "digits")
    assert "was trained on another machine or with other libraries (0123456789abcdef)" in told
