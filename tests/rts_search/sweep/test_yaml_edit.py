"""A change of one setting in the text of a sweep file: its own key alone, whatever the style of the text."""

from importlib import resources

import pytest

from rts_search.basics.errors import UserError
from rts_search.sweep.sweep_file import shipped_sweeps
from rts_search.sweep.yaml_edit import REMOVED, changed, line_of, with_item
from rts_search.sweep.yaml_reader import nodes_and_value, parse_value

TEXT = """\
# What it is for
name: mine   # a name

training:
  # the length
  epochs: 12      # short
  lr: 0.05

space: rts  # all three
budget: {hours: 2, trials: 9}
scheduler:
  name: asha
  promotion: false
# at the end
"""
CHANGES = [
    ("name", "other", ("name: mine ", "name: other ")),
    ("training.epochs", 30, ("epochs: 12 ", "epochs: 30 ")),
    ("training.lr", 1e-05, ("lr: 0.05", "lr: 1.0e-05")),
    ("training.momentum", 0.5, ("lr: 0.05\n", "lr: 0.05\n  momentum: 0.5\n")),
    ("training.lr", REMOVED, ("  lr: 0.05\n", "")),
    ("training.momentum", REMOVED, ("", "")),
    ("training.augmentation.cutout", 4, ("lr: 0.05\n", "lr: 0.05\n  augmentation:\n    cutout: 4\n")),
    ("space", "radius", ("space: rts ", "space: radius ")),
    ("space.ready", "radius", ("space: rts ", "space: radius ")),
    (
        "space.training.lr",
        {"loguniform": [0.01, 1.0]},
        (
            "space: rts  # all three\n",
            "space:   # all three\n  ready: rts\n  training:\n    lr: {loguniform: [0.01, 1.0]}\n",
        ),
    ),
    ("budget.hours", 3.5, ("hours: 2", "hours: 3.5")),
    ("budget.hours", REMOVED, ("hours: 2, ", "")),
    ("budget.trials", REMOVED, (", trials: 9", "")),
    ("budget.gpu_hours", 1, ("trials: 9", "trials: 9, gpu_hours: 1")),
    ("scheduler.name", "none", ("name: asha", "name: none")),
    ("scheduler", "none", ("scheduler:\n  name: asha\n  promotion: false\n", "scheduler: none\n")),
    ("model.name", "small", ("# at the end\n", "# at the end\nmodel: small\n")),
]


@pytest.mark.parametrize(("place", "value", "difference"), CHANGES)
def test_a_change_is_one_key(place: str, value: object, difference: tuple[str, str]) -> None:
    assert changed(TEXT, place, value) == TEXT.replace(*difference)


@pytest.mark.parametrize(("shipped", "line_break"), [*((name, "\n") for name in shipped_sweeps()), ("digits", "\r\n")])
def test_all_comments_of_the_shipped_files_stay(shipped: str, line_break: str) -> None:
    text = resources.files("search_spaces").joinpath("sweeps", f"{shipped}.yaml").read_text()
    text = text.replace("\n", line_break)
    new = text
    for place, value, _ in CHANGES:
        if not place.startswith(("space", "scheduler")) and value is not REMOVED:
            new = changed(new, place, value)
    assert parse_value(new, "")["training"]["augmentation"]["cutout"] == 4
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    assert comments == [line.partition("#")[2] for line in new.splitlines() if "#" in line]


def test_a_section_goes_with_its_last_setting_unless_it_says_something_itself() -> None:
    assert changed("a: 1\nbudget:\n  hours: 2  # two\nb: 2\n", "budget.hours", REMOVED) == "a: 1\nb: 2\n"
    assert changed("a: 1\nspace:\n  training:\n    lr: 1\nb: 2\n", "space.training.lr", REMOVED) == "a: 1\nb: 2\n"
    assert changed("confirm:\n  budget:\n    hours: 5\n", "confirm.budget.hours", REMOVED) == "confirm: {}\n"
    assert changed("confirm:\n  seeds: 5\n", "confirm.seeds", REMOVED) == "confirm: {}\n"
    assert changed("confirm: {}\n", "confirm.seeds", 3) == "confirm:\n  seeds: 3\n"


def test_a_text_without_values_and_a_text_without_a_last_line_break_can_be_changed() -> None:
    assert changed("# empty", "training.lr", 0.1) == "# empty\ntraining:\n  lr: 0.1\n"
    assert changed("a: 1", "training.lr", 0.1) == "a: 1\ntraining:\n  lr: 0.1\n"
    assert changed("store:  # none\n", "store.keep", "all") == "store:  # none\n  keep: all\n"
    assert changed("a: 1\n", "a", REMOVED) == ""


def test_a_document_in_an_unusual_form_is_refused_rather_than_broken() -> None:
    with pytest.raises(UserError, match=r"training\.lr: cannot be changed in this form of YAML"):
        changed("a: 1\n...\n", "training.lr", 0.1)
    with pytest.raises(UserError, match="line 1, column 5"):
        changed("a: [", "training.lr", 0.1)


@pytest.mark.parametrize(
    ("text", "item", "listed", "after"),
    [
        ("b: [sgd, ngd]  # two\n", "sam", True, "b: [sgd, ngd, sam]  # two\n"),
        ("b: [sgd, ngd]\n", "sgd", False, "b: [ngd]\n"),
        ("b: [sgd, ngd]\n", "ngd", False, "b: [sgd]\n"),
        ("b: [sgd]\n", "sgd", True, "b: [sgd]\n"),
        ("b: [sgd]\n", "sgd", False, "b: []\n"),
        ("b: []\n", "sgd", True, "b: [sgd]\n"),
        ("b:\n  - sgd  # first\nc: 1\n", "sam", True, "b:\n  - sgd  # first\n  - sam\nc: 1\n"),
        ("b:\n- {name: sam, radius: 1}\n- sgd\n", "sam", False, "b:\n- sgd\n"),
        ("b:\n- name: sam\n  radius: 1\n- sgd\n", "sam", False, "b:\n- sgd\n"),
        ("b:\n- sgd\nc: 1\n", "sgd", False, "b:\n  []\nc: 1\n"),
    ],
)
def test_a_name_enters_and_leaves_a_list(text: str, item: str, listed: bool, after: str) -> None:
    assert with_item(text, "b", item, listed) == after


def test_a_place_has_a_line() -> None:
    node, _ = nodes_and_value(TEXT, "")
    places = {"name": 2, "training.lr": 7, "training.seed": 4, "space.radius.value": 9, "x": None}
    assert {place: line_of(node, place) for place in places} == places
    assert line_of(nodes_and_value("baselines:\n- sgd\n- sam\n", "")[0], "baselines.1") == 3
    assert line_of(None, "a") is None
