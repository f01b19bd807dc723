"""Schedules: every shape at its ends, both origins, and the published values."""

import json
import math
from pathlib import Path

import pytest

from trainables.core.settings.config import ScheduleConfig
from trainables.core.settings.schedules import Schedule, alpha

PUBLISHED_NAMES = {"cos": "cosine", "sin": "sine", "icos": "inverse_cosine", "isin": "inverse_sine"}


def config(shape: str, **parameters: float | str) -> ScheduleConfig:
    return ScheduleConfig.from_dict({"shape": shape, **parameters})


ANNEALED = {"beta_min": 0.5, "beta_max": 2.0}


@pytest.mark.shared
def test_all_published_values_are_met(shared: Path) -> None:
    entries = json.loads((shared / "conformance" / "schedule_values.json").read_text())
    assert {entry["kind"] for entry in entries} == set(PUBLISHED_NAMES)
    for entry in entries:
        shape = config(PUBLISHED_NAMES[entry["kind"]], beta_min=entry["beta_min"], beta_max=entry["beta_max"])
        wanted = entry["alpha"]
        points = wanted.items() if isinstance(wanted, dict) else enumerate(wanted)
        for t, value in points:
            assert alpha(shape, int(t), entry["T"]) == pytest.approx(value, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("shape", "first", "middle"),
    [
        ("cosine", 2.0, 0.5 + 1.5 * math.sqrt(0.5)),
        ("sine", 0.5, 0.5 + 1.5 * math.sqrt(0.5)),
        ("inverse_cosine", 0.5, 1 / (0.5 + 1.5 * math.sqrt(0.5))),
        ("inverse_sine", 2.0, 1 / (0.5 + 1.5 * math.sqrt(0.5))),
        ("linear", 2.0, 1.25),
    ],
)
def test_annealed_shapes_start_and_pass_the_middle_as_defined(shape: str, first: float, middle: float) -> None:
    assert alpha(config(shape, **ANNEALED), 0, 10) == pytest.approx(first, rel=1e-15)
    assert alpha(config(shape, **ANNEALED), 5, 10) == pytest.approx(middle, rel=1e-15)


def test_constant_is_its_value_in_every_epoch() -> None:
    assert {alpha(config("constant", value=0.3), t, 7) for t in range(7)} == {0.3}


def test_linear_ends_one_step_before_beta_min() -> None:
    assert alpha(config("linear", **ANNEALED), 9, 10) == pytest.approx(2.0 - 1.5 * 0.9)


def test_step_decays_at_every_multiple_of_its_size_and_not_before() -> None:
    values = [alpha(config("step", beta_max=2.0, step_size=3, gamma=0.5), t, 8) for t in range(8)]
    assert values == [2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 0.5, 0.5]


def test_cyclic_cosine_restarts_with_cycles_that_grow() -> None:
    cyclic = config("cyclic_cosine", **ANNEALED, T_0=2, T_mult=2)
    values = [alpha(cyclic, t, 14) for t in range(14)]
    starts = [t for t, value in enumerate(values) if value == 2.0]
    assert starts == [0, 2, 6]
    assert values[1] == values[4] == values[10] == pytest.approx(1.25)


def test_cyclic_cosine_with_factor_one_repeats_itself() -> None:
    cyclic = config("cyclic_cosine", **ANNEALED, T_0=3, T_mult=1)
    assert [alpha(cyclic, t, 9) for t in range(3)] == [alpha(cyclic, t, 9) for t in range(6, 9)]


def test_inverse_cosine_with_beta_min_zero_stays_finite_before_the_end() -> None:
    last = alpha(config("inverse_cosine", beta_min=0.0, beta_max=1.0), 99, 100)
    assert 60.0 < last < 70.0


@pytest.mark.parametrize("t", [-1, 10])
def test_alpha_refuses_t_outside_its_length(t: int) -> None:
    with pytest.raises(ValueError, match=rf"t must be in \[0, 10\), but got t={t}"):
        alpha(config("linear", **ANNEALED), t, 10)


def test_alpha_takes_a_length_of_one_and_refuses_zero() -> None:
    assert alpha(config("cosine", **ANNEALED), 0, 1) == 2.0
    with pytest.raises(ValueError, match="length must be >= 1, but got length=0"):
        alpha(config("cosine", **ANNEALED), 0, 0)


def test_origin_training_counts_from_epoch_zero_whatever_the_switch() -> None:
    schedule = Schedule(config("linear", **ANNEALED, origin="training"), 10)
    assert [schedule.value(4, switch) for switch in (0, 4, 8)] == [pytest.approx(1.4)] * 3


def test_origin_switch_counts_from_the_switch_over_what_remains() -> None:
    schedule = Schedule(config("linear", **ANNEALED, origin="switch"), 10)
    assert schedule.value(4, 4) == 2.0
    assert schedule.value(7, 4) == pytest.approx(1.25)
    assert schedule.value(9, 9) == 2.0


def test_origin_switch_refuses_an_epoch_before_the_switch() -> None:
    schedule = Schedule(config("linear", **ANNEALED, origin="switch"), 10)
    with pytest.raises(ValueError, match="epoch must be >= the switch epoch 4, but got epoch=3"):
        schedule.value(3, 4)


@pytest.mark.parametrize("epoch", [-1, 10])
def test_a_schedule_refuses_epochs_outside_training(epoch: int) -> None:
    schedule = Schedule(config("constant", value=1.0), 10)
    assert schedule.value(0, 0) == schedule.value(9, 0) == 1.0
    with pytest.raises(ValueError, match=rf"epoch must be in \[0, 10\), but got epoch={epoch}"):
        schedule.value(epoch, 0)


def test_a_schedule_needs_at_least_one_epoch() -> None:
    assert Schedule(config("constant", value=1.0), 1).value(0, 0) == 1.0
    with pytest.raises(ValueError, match="epochs must be >= 1, but got epochs=0"):
        Schedule(config("constant", value=1.0), 0)
