"""Any value at any place of a file with settings is accepted, or refused in one line that names the place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

from rts_search.basics.errors import UserError, refused
from rts_search.sweep.sections import BudgetConfig, ResourcesConfig
from rts_search.sweep.sweep_file import check_sweep, load_sweep, parse_sweep, read_changes, sweep_schema
from tests.rts_search.sweep.settings_places import (
    VALUES,
    Place,
    Settings,
    changed,
    dotted,
    is_wrong,
    is_wrong_at,
    largest,
    objects,
    places,
)
from tests.rts_search.sweep_files import refusal
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import ConfigError

SWEEP: Settings = {
    "name": "mine",
    "dataset": {"name": "digits"},
    "model": {"name": "small", "options": {"width": 8}, "bsconv": {"kind": "s", "alpha": 0.5}},
    "training": {"epochs": 8, "batch_size": 32, "lr": 0.05, "augmentation": {"cutout": 2}},
    "space": {
        "radius": {"shape": ["cosine", "constant"], "value": 1.0, "beta_min": {"uniform": [0.1, 0.5]}, "beta_max": 1.0},
        "scale": {"value": [0.5, 1.0]},
        "timing": {"rule": "epoch", "switch_epoch": {"integer": [0, 8]}},
        "model": {"bsconv": {"p": [0.25, 0.5]}},
    },
    "search": {"sampler": "random", "trials": 4},
    "budget": {"hours": 1.0},
    "scheduler": {"name": "asha"},
    "baselines": [{"name": "sgd"}, {"name": "amp", "inner_steps": 2}, "ngd"],
    "resources": {"cpus_per_trial": 1},
    "objective": {"rule": "last"},
    "store": {"keep": "all"},
    "confirm": {"top_k": 1},
    "track": ["tensorboard"],
    "notify": {"command": ["true"]},
}
"""A sweep with every section."""

TRIAL: Settings = {
    "dataset": {"name": "digits"},
    "model": {"name": "small", "options": {"width": 8}, "bsconv": {"kind": "s", "alpha": 0.5}},
    "training": {"epochs": 8, "batch_size": 32, "lr": 0.05, "augmentation": {"cutout": 2}},
    "radius": {"value": 1.0},
    "scale": {"shape": "cosine", "beta_min": 0.5, "beta_max": 1.0},
    "timing": {"switch_epoch": 2},
    "perturbation": {"kind": "sam"},
}
"""A trial with every section."""


def read_sweep(settings: Settings) -> None:
    check_sweep(settings, "mine.yaml", to_run=False)


def read_trial(settings: Settings) -> None:
    try:
        TrialConfig.from_dict(settings)
    except ConfigError as error:
        raise refused("mine.yaml", error) from error


FILES: dict[str, tuple[Settings, Settings, Callable[[Settings], None]]] = {
    "sweep": (sweep_schema(), SWEEP, read_sweep),
    "trial": (TypeAdapter(TrialConfig).json_schema(), TRIAL, read_trial),
}
"""Each kind of file: its schema, one with every section, and how it is read."""


@pytest.mark.parametrize("kind", FILES)
def test_every_section_of_the_file_is_there_and_legal(kind: str) -> None:
    schema, settings, read = FILES[kind]
    read(settings)
    assert not is_wrong(schema, settings)
    sections = {place[0] for place in objects(schema, settings) if place}
    assert sections >= {name for name, value in settings.items() if isinstance(value, dict)}


@pytest.mark.parametrize("kind", FILES)
def test_an_unknown_key_in_any_section_is_named_with_a_suggestion_or_the_known_keys(kind: str) -> None:
    schema, settings, read = FILES[kind]
    found = list(objects(schema, settings))
    assert ("training", "augmentation") in found
    for section in found:
        place = (*section, "zzz")
        line = refusal_of(read, changed(settings, place, 1))
        assert within(line, place), line
        if len(section) < 3:  # a deeper place is the range of a domain; the message names the domain
            assert line.partition(": is no setting here; known are ")[2], line


OF_THE_MACHINE = ("dataset", "name")
"""A data set that is not known is refused together with one whose files are not there, when a sweep is to run."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "every",
    [pytest.param(4, id="every fourth value"), pytest.param(1, id="all values", marks=pytest.mark.campaign)],
)
@pytest.mark.parametrize("kind", FILES)
def test_any_value_at_any_place_is_accepted_or_refused_in_one_line(kind: str, every: int) -> None:
    schema, settings, read = FILES[kind]
    for number, place in enumerate(places(schema, settings)):
        for value in VALUES[number % every :: every]:
            wrong = changed(settings, place, value)
            line = refusal_of(read, wrong)
            if line:
                assert "\n" not in line
                assert line.startswith("mine.yaml: ")
            if place != OF_THE_MACHINE and is_wrong_at(schema, wrong, place):
                assert within(line, place), (place, value, line)


@pytest.mark.parametrize("kind", FILES)
def test_every_count_and_every_limit_has_a_largest_value_and_more_is_refused(kind: str) -> None:
    schema, settings, read = FILES[kind]
    found = set()
    for place in places(schema, settings):
        if place[0] in ("space", "baselines"):
            continue
        for number, most in largest(schema, place).items():
            if number == "number" and place[0] not in OF_A_RUN:
                continue  # rates, factors and shares have rules of their own
            assert most is not None, dotted(place)
            found.add(dotted(place))
            for above in (most + 1, 10**17 - 1):
                line = refusal_of(read, changed(settings, place, above))
                assert within(line, place), line
    assert {"training.epochs", "training.batch_size", "training.seed", "dataset.image_size"} <= found
    assert kind != "sweep" or {"search.trials", "budget.hours", "confirm.seeds", "resources.cpus_per_trial"} <= found


OF_A_RUN = ("search", "budget", "scheduler", "resources", "store", "confirm")
"""The sections that say how a sweep is run."""


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("training.epochs=1000000000", "training.epochs: must be <= 100,000, but got 1000000000"),
        ("search.trials=99999999999999999", "search.trials: must be <= 100,000, but got 99999999999999999"),
        ("search.effort={sgd: 100001}", "search.effort.sgd: must be <= 100,000, but got 100001"),
        ("training.batch_size=9999999", "training.batch_size: must be <= 1,000,000, but got 9999999"),
        (
            "dataset={name: digits, split_seed: 9007199254740992}",
            "dataset.split_seed: must be <= 9,007,199,254,740,991",
        ),
        ("budget.hours=1000001", "budget.hours: must be <= 100,000, but got 1000001"),
        ("confirm={top_k: 1, seeds: 1001}", "confirm.seeds: must be <= 1,000, but got 1001"),
        (
            "confirm={budget: {gpu_hours: 1e9}}",
            "confirm.budget.gpu_hours: must be <= 100,000,000, but got 1000000000.0",
        ),
        ("resources.cpus_per_trial=10001", "resources.cpus_per_trial: must be <= 10,000, but got 10001"),
        ("baselines=[{name: amp, inner_steps: 1001}]", "baselines.0.inner_steps: must be <= 1,000, but got 1001"),
        ("store.max_size=9000000TB", "store.max_size: must be at most 1,000,000TB, but got '9000000TB'"),
        (f"store.max_size={400 * '9'}TB", "store.max_size: must be at most 1,000,000TB, but got '999"),
        ("space={timing: {switch_epoch: {integer: [0, 100001]}}}", "space.timing.switch_epoch: must be <= 100,000"),
        (
            "space={training: {augmentation: {cutout: [2, 9000]}}}",
            "space.training.augmentation.cutout: must be <= 8,192",
        ),
    ],
)
def test_a_number_that_nobody_means(override: str, line: str) -> None:
    assert refusal("digits", override).startswith(f"--set: {line}")


def refusal_of(read: Callable[[Any], object], settings: Any) -> str:
    """The line with which settings are refused; empty when they are accepted. Any other error fails the test."""
    try:
        read(settings)
    except UserError as error:
        return str(error)
    return ""


def within(line: str, place: Place) -> bool:
    """Whether a refusal names the place, or one inside it."""
    told = line.removeprefix("mine.yaml: ").partition(": ")[0]
    return told == dotted(place) or told.startswith(f"{dotted(place)}.")


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "baselines=[{name: sgd, lr: 0.05}]",
            "baselines.0.lr: is no setting here; known are name, radius, eta, inner_lr, inner_steps, k, alpha, "
            "sigma, decay, training, space",
        ),
        (
            "baselines=[ngd, {name: sam, radus: 1}]",
            "baselines.1.radus: is no setting here (did you mean radius?)",
        ),
    ],
)
def test_an_unknown_key_of_a_baseline(override: str, line: str) -> None:
    assert refusal("digits", override) == f"--set: {line}"


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_new_budget_and_new_resources_are_accepted_or_refused_in_one_line(value: Any) -> None:
    for section, kind in (("budget", BudgetConfig), ("resources", ResourcesConfig)):
        for name in kind.model_fields:
            override = f"{section}.{name}={json.dumps(value)}"
            line = refusal_of(read_changes, [override])
            assert not line or line.startswith(f"--set: {section}.{name}: ")
            assert "\n" not in line


def test_auto_resources_stay_auto_on_the_way_to_a_driver() -> None:
    sweep = load_sweep("digits", ["resources={cpus_per_trial: auto, gpus_per_trial: auto}"])
    assert parse_sweep(json.loads(json.dumps(sweep.to_dict())), "job") == sweep
