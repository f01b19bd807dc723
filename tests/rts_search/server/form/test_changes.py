"""Fields of the form in the text of a sweep file: what they show of it, and what they change in it."""

from typing import Any

import pytest

from rts_search.basics.errors import UserError
from rts_search.server.form.changes import Raw, applied
from rts_search.server.form.groups import BY_PLACE
from rts_search.server.form.shown import shown, used
from rts_search.server.form.starting_text import FIRST
from rts_search.sweep.sweep_file import check_sweep
from rts_search.sweep.yaml_reader import parse_value

PARTS = {
    "shape": ["constant", "cosine", "inverse_sine", "sine", "inverse_cosine"],
    "value": {"loguniform": [0.1, 10.0]},
    "beta_min": {"loguniform": [0.1, 1.0]},
    "beta_max": {"uniform": [1.0, 3.0]},
}


def after(text: str, **changes: Raw) -> dict[str, Any]:
    """The values of the text after changes; a place is written with __ for its points."""
    found: dict[str, Any] = parse_value(
        applied(text, {place.replace("__", "."): raw for place, raw in changes.items()}), ""
    )
    return found


def test_the_first_text_is_a_valid_sweep_that_takes_a_gpu_where_there_is_one() -> None:
    values = parse_value(FIRST, "")
    assert check_sweep(values, "").resources.gpus_per_trial == "auto"
    assert shown(values)["resources.gpus_per_trial"] == "auto"


def test_numbers_names_and_nothing_become_what_they_mean() -> None:
    values = after(FIRST, training__lr=" 5e-4 ", name="007", training__epochs="many", search__trials="")
    assert (values["training"]["lr"], values["name"], values["training"]["epochs"]) == (0.0005, "007", "many")
    assert "search" not in values
    assert after(FIRST, resources__gpus_per_trial="0.5")["resources"] == {"gpus_per_trial": 0.5}
    assert after(FIRST, training__augmentation__horizontal_flip="true")["training"]["augmentation"] == {
        "horizontal_flip": True
    }


def test_a_range_in_a_ready_made_space_writes_out_its_part_alone() -> None:
    assert after(FIRST, space__training__lr="{loguniform: [0.01, 1]}")["space"] == {
        "ready": "rts",
        "training": {"lr": {"loguniform": [0.01, 1]}},
    }
    values = after(FIRST, space__radius__beta_max="{uniform: [1, 2]}")
    assert values["space"] == {"ready": "rts", "radius": {**PARTS, "beta_max": {"uniform": [1, 2]}}}
    before = {**shown(parse_value(FIRST, "")), "space.radius.beta_max": {"uniform": [1, 2]}}
    assert shown(values) == before


def test_an_own_space_begins_with_all_parts_of_the_ready_made_one() -> None:
    values = after(FIRST, space__ready="")
    assert check_sweep(values, "").space == check_sweep(parse_value(FIRST, ""), "").space
    assert shown(values) == {**shown(parse_value(FIRST, "")), "space.ready": None}


def test_one_ticked_shape_is_fixed_and_none_is_the_default() -> None:
    assert after(FIRST, space__radius__shape=["sine"])["space"]["radius"] == {**PARTS, "shape": "sine"}
    assert "shape" not in after(FIRST, space__radius__shape=[])["space"]["radius"]


def test_baselines_come_and_go_one_by_one() -> None:
    text = "name: a\nbaselines:\n  - sgd  # plain\n  - {name: sam, radius: 0.1}  # wide\n"
    changed = applied(text, {"baselines": ["sgd", "sam", "ngd"]})
    assert changed == text + "  - ngd\n"
    assert applied(changed, {"baselines": ["sam", "ngd"]}) == changed.replace("  - sgd  # plain\n", "")
    assert after("name: a\n", baselines=["sgd"])["baselines"] == ["sgd"]
    assert shown({})["baselines"] == ["sgd", "ngd", "pugd"]


def test_an_effort_of_one_arm_takes_the_place_of_equal() -> None:
    values = after("search: {trials: 9, effort: equal}\n", search__effort__sgd="48")
    assert values["search"] == {"trials": 9, "effort": {"sgd": 48}}


def test_a_confirmation_is_switched_on_and_off() -> None:
    assert after(FIRST, confirm="true")["confirm"] == {"seeds": 5}
    assert applied(applied(FIRST, {"confirm": "true"}), {"confirm": ""}) == FIRST
    assert applied("confirm: {top_k: 1}\n", {"confirm": "true"}) == "confirm: {top_k: 1}\n"


def test_every_field_has_its_facts_and_only_those_of_the_data_set_are_used() -> None:
    for field in BY_PLACE.values():
        assert field.facts.hint or field.place.startswith("search.effort"), field.place
        assert field.kind not in ("choice", "names") or field.facts.options, field.place
        assert field.kind != "domain" or field.facts.ranges, field.place
    assert BY_PLACE["training.momentum"].default == "0.9"
    assert BY_PLACE["confirm.seeds"].default == "5"
    assert BY_PLACE["training.augmentation.rand_augment.num_ops"].default == ""
    assert not BY_PLACE["model.bsconv.kind"].facts.needed
    here = shown({"dataset": {"name": "cifar10"}, "baselines": ["sam"]})
    assert used(BY_PLACE["dataset.download"], here)
    assert not used(BY_PLACE["dataset.image_size"], here)
    assert used(BY_PLACE["search.effort.sam"], here)
    assert not used(BY_PLACE["search.effort.sgd"], here)


def test_another_place_is_refused() -> None:
    with pytest.raises(UserError, match=r"notify\.webhook: must be the place of a field"):
        applied(FIRST, {"notify.webhook": "http://example.org"})
