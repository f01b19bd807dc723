"""The text with which the form begins."""

import pytest

from rts_search.server.form.starting_text import free_name, named, shipped_text, text_of
from rts_search.sweep.sweep_file import check_sweep, load_sweep, shipped_sweeps
from rts_search.sweep.yaml_reader import parse_yaml


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("a", [], "a"),
        ("a", ["A"], "a-2"),
        ("a", ["a", "a-2"], "a-3"),
        ("a-2", ["a-2"], "a-3"),
        ("a-7", ["a-7"], "a-2"),
        ("x" * 64, ["x" * 64], "x" * 62 + "-2"),
    ],
)
def test_a_free_name_counts_on(name: str, taken: list[str], free: str) -> None:
    assert free_name(name, ["b", *taken]) == free


@pytest.mark.parametrize("name", shipped_sweeps())
def test_a_sweep_without_its_text_is_written_in_short_and_is_the_same(name: str) -> None:
    sweep = load_sweep(name, to_run=False)
    text = text_of(sweep)
    assert check_sweep(parse_yaml(text.encode(), ""), "", to_run=False) == sweep
    assert len(text.splitlines()) < 50
    assert not any(line.startswith(("dataset: {", "training: {", "model: {")) for line in text.splitlines())


def test_a_shipped_sweep_keeps_its_comments_and_gets_a_name() -> None:
    text = shipped_text("digits")
    assert text is not None
    assert text.index("# A sweep for a laptop") < text.index("\nname: digits\n") < text.index("\ndataset:")
    assert shipped_text("nothing") is None
    assert named("name: a  # first\nb: 1\n", "c") == "name: c  # first\nb: 1\n"
