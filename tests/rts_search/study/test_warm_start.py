"""A sweep starts with the results of another one, or says in one line why it cannot."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from rts_search.basics.errors import UserError
from rts_search.study.samplers.earlier_results import EarlierResult
from rts_search.study.study import SweepStudy
from rts_search.study.warm_start import earlier_results
from rts_search.sweep.sweep import SweepFile
from tests.rts_search.study.samplers.trials import FACTS, NUMBERS, drawn, sweep_of

COARSE = "space={radius: {shape: [constant, linear], value: [1, 3, 9], beta_min: 1, beta_max: 3}}"


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'studies.sqlite3'}"


def near_three(config: dict[str, Any]) -> float | None:
    """Best at radius 3; diverges above 8."""
    radius = config["radius"].get("value", 0.0)
    return None if radius > 8.0 else float(1.0 - abs(radius - 3.0) / 10.0)


def begun(folder: Path, name: str, *settings: str, sampler: str = "random", trials: int = 20) -> SweepStudy:
    """A launched sweep with its earlier results."""
    sweep = sweep_of(sampler, NUMBERS, f"name={name}", *settings, trials=trials)
    return SweepStudy.create(url(folder), sweep, FACTS, earlier=earlier_results(url(folder), sweep, FACTS))


def ended(folder: Path, *settings: str) -> SweepStudy:
    """The sweep `first`, whose trials have ended. Its database is a copy of one that was searched before."""
    (folder / "studies.sqlite3").write_bytes(_ended(*settings))
    return SweepStudy.load(url(folder), "first")


@cache
def _ended(*settings: str) -> bytes:
    with TemporaryDirectory() as folder:
        drawn(begun(Path(folder), "first", *settings), near_three)
        return Path(folder, "studies.sqlite3").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["tpe", "gp", "cmaes", "nsga2"])
def test_the_first_trials_lie_where_the_other_sweep_was_good(tmp_path: Path, sampler: str) -> None:
    ended(tmp_path)
    off = {}
    for settings in ((), ("search.warm_start=first",)):
        study = begun(tmp_path, f"second{len(settings)}", *settings, sampler=sampler, trials=9)
        assert study.trials() == []
        configs = drawn(study, near_three)
        off[settings] = sum(abs(config["radius"]["value"] - 3.0) for config in configs) / len(configs)
        assert [entry.number for entry in study.trials()] == list(range(9))
    cold, warm = off.values()
    assert warm < 0.8 * cold


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["tpe", "gp", "cmaes", "nsga2"])
def test_what_is_known_stays_whatever_becomes_of_the_other_sweep(tmp_path: Path, sampler: str) -> None:
    first = ended(tmp_path)
    studies = [begun(tmp_path, name, "search.warm_start=first", sampler=sampler, trials=3) for name in ("a", "b")]
    first.extend(24)
    for _ in range(4):
        entry = first.open_trials.begin()
        first.open_trials.finish(entry.number, "FAIL", "lost: gone")
    whole = drawn(studies[0], near_three)
    pieces: list[dict[str, Any]] = []
    for _ in range(3):
        study = SweepStudy.load(url(tmp_path), "b")
        study.sweep = study.sweep.with_trials(1)
        pieces += drawn(study, near_three)
    assert [config["radius"] for config in pieces] == [config["radius"] for config in whole]


def results_for(folder: Path, *settings: str) -> list[EarlierResult]:
    sweep = sweep_of("tpe", *settings, "search.warm_start=first")
    return earlier_results(url(folder), sweep, FACTS)


def test_only_completed_trials_that_lie_in_the_space_are_known(tmp_path: Path) -> None:
    first = ended(tmp_path)
    done = [entry for entry in first.trials() if entry.completed]
    assert 0 < len(done) < 20
    assert len(results_for(tmp_path, NUMBERS)) == len(done)
    narrow = NUMBERS.replace("uniform: [0.0, 10.0]", "uniform: [2.0, 5.0]")
    within = [entry for entry in done if 2.0 <= (entry.config or {})["radius"]["value"] <= 5.0]
    assert [result.params["radius.value"] for result in results_for(tmp_path, narrow)] == [
        (entry.config or {})["radius"]["value"] for entry in within
    ]
    assert results_for(tmp_path, COARSE) == []


def test_a_setting_that_was_fixed_is_known_where_it_is_drawn_now(tmp_path: Path) -> None:
    ended(tmp_path)
    wider = NUMBERS.replace("shape: constant,", "shape: [constant, linear], beta_min: 1, beta_max: 3,")
    assert {result.params["radius.shape"] for result in results_for(tmp_path, wider)} == {"constant"}


def refused(folder: Path, sweep: SweepFile, fingerprint: str = FACTS.fingerprint) -> str:
    with pytest.raises(UserError) as caught:
        earlier_results(url(folder), sweep, replace(FACTS, fingerprint=fingerprint))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.slow
def test_an_unknown_sweep_other_images_and_another_model_are_refused(tmp_path: Path) -> None:
    ended(tmp_path)
    sweep = sweep_of("tpe", NUMBERS, "name=mine", "search.warm_start=frist")
    known = "search.warm_start: must be one of first (did you mean first?), but got 'frist'"
    assert refused(tmp_path, sweep) == f"mine: {known}"
    sweep = sweep_of("tpe", NUMBERS, "name=mine", "search.warm_start=first")
    way_out = "choose another, or leave it out, but got 'first'"
    same = "mine: search.warm_start: must be a sweep on the same images and split"
    assert refused(tmp_path, sweep, "others") == f"{same}: {way_out}"
    sweep = sweep_of("tpe", NUMBERS, "name=mine", "search.warm_start=first", "model={name: small, options: {width: 4}}")
    assert refused(tmp_path, sweep).startswith("mine: search.warm_start: must be a sweep of the same model, small")


def test_a_baseline_is_a_point_where_the_space_has_it(tmp_path: Path) -> None:
    ended(tmp_path, "baselines=[pugd, sam]")
    points = [result.params for result in results_for(tmp_path, NUMBERS)]
    pugd = {"radius.value": 1.0, "scale.value": 1.0, "timing.switch_epoch": 0}
    assert points.count(pugd) == 1
    assert points[0] == pugd
