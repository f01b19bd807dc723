"""The record of a landscape keeps what is done, gives it back for the same settings and weights, and loses nothing."""

import json
import threading
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.study.landscape_record import LandscapeRecord, MeasuredRun, read_landscape
from tests.rts_search.landscapes import COST, SETTINGS, landscape, run


@pytest.fixture
def record(tmp_path: Path) -> LandscapeRecord:
    return LandscapeRecord(tmp_path / "digits" / "landscape.json")


def bare(method: str, seed: int, key: str = "k") -> MeasuredRun:
    return MeasuredRun(method, "trial 1", seed, 4, key, "here")


def test_what_is_added_is_there_for_the_next_command_with_the_same_settings(record: LandscapeRecord) -> None:
    assert record.read() is None
    assert record.begin(SETTINGS, [bare("rts", 1), bare("sgd", 1)]) == []
    record.add(SETTINGS, bare("sgd", 1), "trace", {"value": 2.0, **COST})
    later = [bare("rts", 1), bare("sgd", 1)]
    assert record.begin(SETTINGS, later) == []
    assert [list(one.measured) for one in later] == [[], ["trace"]]
    found = record.read()
    assert found is not None
    assert found.runs == later
    assert (found.gradient_evaluations, found.seconds) == (10, 0.5)


def test_a_rival_that_is_left_out_for_once_is_kept_aside(record: LandscapeRecord) -> None:
    record.begin(SETTINGS, [bare("rts", 1), bare("sgd", 1)])
    record.add(SETTINGS, bare("sgd", 1), "trace", COST)
    record.begin(SETTINGS, [bare("rts", 1)])
    alone = record.read()
    assert alone is not None
    assert [[one.method for one in part] for part in (alone.runs, alone.others)] == [["rts"], ["sgd"]]
    again = [bare("rts", 1), bare("sgd", 1)]
    record.begin(SETTINGS, again)
    assert list(again[1].measured) == ["trace"]


def test_other_settings_begin_anew_and_are_told(record: LandscapeRecord) -> None:
    record.begin(SETTINGS, [bare("rts", 1)])
    record.add(SETTINGS, bare("rts", 1), "trace", COST)
    again, other = [bare("rts", 1)], {**SETTINGS, "steps": 25}
    before = record.file.read_bytes()
    assert record.take(other, again)[1]
    assert record.file.read_bytes() == before, "to take changes nothing"
    (note,) = record.begin(other, again)
    assert "has other settings (steps 25, was 3); everything is measured anew" in note
    assert again[0].measured == {}


def test_other_weights_are_measured_anew_and_told(record: LandscapeRecord) -> None:
    record.begin(SETTINGS, [bare("rts", 1), bare("sgd", 1)])
    for method in ("rts", "sgd"):
        record.add(SETTINGS, bare(method, 1), "trace", COST)
    again = [bare("rts", 1, "other"), bare("sgd", 1)]
    (note,) = record.begin(SETTINGS, again)
    assert "rts (trial 1, seed 1) has other weights now and is measured anew" in note
    assert [list(one.measured) for one in again] == [[], ["trace"]]


def test_a_measurement_of_an_overtaken_command_is_refused(record: LandscapeRecord) -> None:
    record.begin(SETTINGS, [bare("rts", 1)])
    record.begin({**SETTINGS, "steps": 25}, [bare("rts", 1)])
    with pytest.raises(UserError, match="another command has begun to measure"):
        record.add(SETTINGS, bare("rts", 1), "trace", COST)


def test_several_workers_may_add_at_once(record: LandscapeRecord) -> None:
    runs = [bare("rts", seed) for seed in range(8)]
    record.begin(SETTINGS, runs)
    threads = [threading.Thread(target=record.add, args=(SETTINGS, one, "trace", COST)) for one in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = record.read()
    assert found is not None
    assert [list(one.measured) for one in found.runs] == [["trace"]] * 8


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"runs": 3}', '{"format": 1, "runs": [{}], "others": []}', "\xff"]
)
def test_a_file_that_is_no_landscape_is_named_and_left_alone(record: LandscapeRecord, content: str) -> None:
    record.file.parent.mkdir()
    record.file.write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError, match=r"landscape.json: must be a landscape, but cannot be read; remove it"):
        record.begin(SETTINGS, [])
    assert record.file.read_bytes() == content.encode("latin-1")
    assert read_landscape(record.file) is None


def test_a_file_of_another_version_is_refused(record: LandscapeRecord) -> None:
    record.begin(SETTINGS, [])
    record.file.write_text(json.dumps({**json.loads(record.file.read_text()), "format": 99}))
    with pytest.raises(UserError, match="was written by another version"):
        record.read()


def test_a_landscape_is_read_as_it_was_written(record: LandscapeRecord) -> None:
    whole = landscape()
    record.begin(whole.settings, whole.runs)
    for one in landscape().runs:
        for name, result in one.measured.items():
            record.add(whole.settings, one, name, result)
    assert record.read() == landscape()
    assert run("rts", 1).identity == ("rts", 1, "k", "here")
