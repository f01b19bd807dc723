"""What a file and an override may hold before anything looks at its settings."""

import time
from pathlib import Path
from typing import Any

import pytest

from rts_search.basics.errors import UserError
from rts_search.basics.gc_pause import garbage_collection_paused
from rts_search.sweep.overrides import apply_overrides
from rts_search.sweep.sweep_file import load_sweep
from rts_search.sweep.yaml_reader import read_yaml
from tests.rts_search.sweep_files import MINE, Write, refusal


def test_numbers_and_words_are_read_as_they_look(write: Write) -> None:
    text = (
        "a: 5e-4\nb: 1E3\nc: .5\nd: -3\ne: off\nf: yes\ng: true\nh: 010\ni: 1:30\nj: ~\nk: 1.\nl: 2020-01-01\nm: 1_0\n"
    )
    assert read_yaml(Path(write(text))) == {
        **{"a": 5e-4, "b": 1000.0, "c": 0.5, "d": -3, "e": "off", "f": "yes", "g": True, "h": "010"},
        **{"i": "1:30", "j": None, "k": 1.0, "l": "2020-01-01", "m": "1_0"},
    }


BOMB = "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [{', '.join(['*a'] * 9)}]\n" for i in range(10_000))
UNREADABLE: list[tuple[str | bytes, str]] = [
    ("", "mine.yaml: must be a mapping of settings, but is empty"),
    ("- a", "mine.yaml: must be a mapping of settings, but got ['a']"),
    ("a: [1\nb: 2", "mine.yaml: line 2, column 2: expected ',' or ']'"),
    ("a: 1\n---\nb: 2", "mine.yaml: line 2, column 1: but found another document"),
    ("a: 1\nb:\n  c: 1\n  c: 2", "mine.yaml: line 4, column 3: key 'c' is here twice: remove one"),
    ("a: !!python/object/apply:os.system [x]", "mine.yaml: line 1, column 4: tags are not allowed: remove '!!python/"),
    ("a: !mine 1", "mine.yaml: line 1, column 4: tags are not allowed: remove '!mine'"),
    ("a: !!float 1", "mine.yaml: line 1, column 4: tags are not allowed: remove '!!float'"),
    ("a: &x 1\nb: *x", "mine.yaml: line 1, column 4: aliases and anchors (* and &) are not allowed"),
    ("<<: {a: 1}", "mine.yaml: <<: is no setting here"),
    ("1: 2", "mine.yaml: line 1, column 1: a key must be a text: put 1 in quotes"),
    ("? [a]\n: b", "mine.yaml: line 1, column 3: a key must be a text"),
    ('"a\\nb": 1', "mine.yaml: 'a\\nb': is no setting here"),
    ("a: .inf", "mine.yaml: line 1, column 4: a number must be finite, but got .inf"),
    ("a: 1e999", "mine.yaml: line 1, column 4: a number must be finite, but got 1e999"),
    ("a: " + "9" * 5000, "mine.yaml: line 1, column 4: an integer must have at most 17 digits"),
    ('a: "\\ud800"', "mine.yaml: line 1, column 4: a text must not hold half a character"),
    ("a: \x00", "mine.yaml: line 1: holds a character that YAML does not allow"),
    (b"a: 1\nb: \xff", "mine.yaml: line 2: must be UTF-8, but got byte 0xff"),
    (b"#" * 1_000_001, "mine.yaml: must have at most 1000000 bytes"),
    ("a: " + "[" * 400_000, "mine.yaml: line 1, column 23: must be nested at most 20 levels deep"),
    ("a: [" + "1, " * 300_000 + "]", "mine.yaml: line 1, column 14996: must have at most 5000 values"),
    (BOMB, "mine.yaml: line 1, column 4: aliases and anchors"),
]


@pytest.mark.parametrize(("content", "message"), UNREADABLE, ids=[message[:60] for _, message in UNREADABLE])
def test_what_is_no_plain_yaml_is_refused_at_once(write: Write, content: str | bytes, message: str) -> None:
    path = write(content)
    with garbage_collection_paused():  # which would look at whatever earlier tests have left
        begin = time.process_time()
        line = refusal(path)
        took = time.process_time() - begin
    assert line.startswith(message)
    assert took < 1


def test_a_byte_order_mark_is_no_mistake(write: Write) -> None:
    assert load_sweep(write(b"\xef\xbb\xbf" + MINE.encode())).num_trials == 4


@pytest.mark.parametrize("name", ["nowhere.yaml", "a\0b", "x" * 5000, "/"])
def test_what_is_no_file_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"^sweep: must be (a file that exists|an existing sweep file or one of)"):
        load_sweep(name)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be read: No such file"):
        read_yaml(tmp_path / "nowhere.yaml")
    with pytest.raises(UserError, match=r"cannot be read: Is a directory"):
        read_yaml(tmp_path)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("abc", "--set: must have the form PLACE=VALUE such as training.epochs=4, but got 'abc'"),
        ("=3", "--set: must have the form PLACE=VALUE"),
        ("a..b=3", "--set: must have the form PLACE=VALUE"),
        ("training.epochs.x=3", "--set training.epochs.x: training.epochs must be a mapping of settings, but is 8"),
        ("training.epochs=[", "--set training.epochs: line 1, column 2: "),
    ],
)
def test_an_override_that_cannot_be_applied_is_refused(write: Write, override: str, message: str) -> None:
    assert refusal(write(MINE), override).startswith(message)


def test_overrides_leave_the_given_settings_alone() -> None:
    settings: dict[str, Any] = {"training": {"epochs": 8}}
    changed = apply_overrides(settings, ["training.epochs=4", "training.lr=5e-4", "new.place={a: [1]}"])
    assert changed == {"training": {"epochs": 4, "lr": 5e-4}, "new": {"place": {"a": [1]}}}
    assert settings == {"training": {"epochs": 8}}
