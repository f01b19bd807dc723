"""Switch rules: each on both sides of its edge, and against the recorded runs."""

import copy
import json
import math
from pathlib import Path

import pandas as pd
import pytest

from trainables.core.settings.config import TimingConfig
from trainables.core.settings.timing import (
    EpochRule,
    GeneralizationGapRule,
    GradientVarianceRule,
    SwitchRule,
    generalization_gap_switch,
    gradient_variance_switch,
    make_rule,
)

# The population variance of any two neighbours is 1 in the first, 0.25 in the second, 0 in the third; from the end of
# WIDE to the start of any of them it is 1 or 0.25.
WIDE, NARROW, FLAT = [0.0, 2.0, 0.0, 2.0], [1.0, 2.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0]


def gap_rule() -> GeneralizationGapRule:
    return GeneralizationGapRule(base_epochs=2, ratio=2.0, period=1)


def observe_gaps(rule: SwitchRule, gaps: list[float]) -> int | None:
    for gap in gaps:
        rule.observe([1.0], 1.0, 1.0 + gap)
    return rule.switch_epoch


def test_the_epoch_rule_is_decided_before_the_first_epoch() -> None:
    assert EpochRule(0).switch_epoch == 0
    rule = EpochRule(3)
    rule.observe(WIDE, 1.0, 2.0)
    assert rule.switch_epoch == 3


@pytest.mark.shared
def test_the_recorded_generalization_gap_runs_fire_where_they_fired(shared: Path) -> None:
    runs = pd.read_parquet(shared / "data" / "recorded_curves_cifar10.parquet")
    runs = runs[runs["trigger"] == "generalization_gap"]
    fired = {}
    for _, run in runs.iterrows():
        settings = json.loads(run["trigger_params"])
        assert (settings["xi"], settings["period"]) == (10.0, 3)
        switch = generalization_gap_switch(run["train_loss"], run["valid_loss"], 10, settings["mu"], 3)
        assert switch == run["enable_pugd_epoch"] + 1
        fired[settings["mu"]] = switch
    assert fired == {2.0: 12, 3.0: 21, 4.0: 33}


def test_a_gap_fires_above_the_base_and_not_at_it() -> None:
    assert observe_gaps(gap_rule(), [0.5, 0.25, 0.0, 0.75]) is None
    assert observe_gaps(gap_rule(), [0.5, 0.25, 0.0, math.nextafter(0.75, 1) + 1e-12]) == 4


def test_a_gap_counts_whichever_loss_is_larger() -> None:
    assert generalization_gap_switch([1, 1, 1, 3], [1.1, 1.1, 1.1, 1.0], 2, 2.0, 1) == 4


def test_the_epoch_right_after_the_base_is_not_looked_at() -> None:
    assert observe_gaps(gap_rule(), [0.1, 0.1, 9.0, 0.1, 9.0]) == 5


def test_the_gap_is_looked_at_only_at_the_end_of_a_period() -> None:
    rule = GeneralizationGapRule(base_epochs=2, ratio=2.0, period=4)
    assert observe_gaps(rule, [0.1, 0.1, 0.1, 0.1, 9.0, 9.0, 9.0]) is None
    assert observe_gaps(rule, [9.0]) == 8


def test_the_base_is_the_mean_over_the_base_epochs_alone() -> None:
    assert observe_gaps(gap_rule(), [1.0, 3.0, 100.0, 3.9]) is None
    assert observe_gaps(gap_rule(), [1.0, 3.0, 100.0, 4.1]) == 4


def test_a_loss_that_is_not_a_number_never_fires() -> None:
    assert observe_gaps(gap_rule(), [1.0, 1.0, 1.0, math.nan]) is None
    assert observe_gaps(gap_rule(), [math.nan, 1.0, 1.0, 100.0]) is None


def test_losses_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        generalization_gap_switch([1.0, 1.0], [1.0], 1, 1.0, 1)


def test_the_variance_fires_below_the_reference_and_not_at_it() -> None:
    assert gradient_variance_switch([WIDE, NARROW], window=2, decay=0.25, start=0) is None
    assert gradient_variance_switch([WIDE, NARROW], window=2, decay=0.26, start=0) == 2


def test_the_switch_comes_after_the_epoch_in_which_the_variance_fell() -> None:
    assert gradient_variance_switch([WIDE, WIDE, FLAT, WIDE], window=2, decay=0.5, start=0) == 3
    assert gradient_variance_switch([[0.0, 2.0, 2.0, 0.0], WIDE], window=2, decay=0.5, start=0) == 1


def test_one_low_step_in_the_middle_of_an_epoch_is_enough() -> None:
    assert gradient_variance_switch([WIDE, [0.0, 0.0, 2.0, 0.0]], window=2, decay=0.25, start=0) == 2


def test_the_window_runs_across_epochs() -> None:
    assert gradient_variance_switch([[0.0], [2.0], [2.0]], window=2, decay=0.5, start=0) == 3
    assert gradient_variance_switch([[0.0], [2.0], [0.0]], window=2, decay=0.5, start=0) is None


def test_start_zero_takes_the_first_window_as_reference() -> None:
    # Over the first four steps the variance is 1; over all six of the epoch it is 6.2.
    steps = [0.0, 2.0, 0.0, 2.0, 6.0, 6.0]
    assert gradient_variance_switch([steps, [6.0, 6.0, 8.0]], window=4, decay=1.0, start=0) == 2
    assert gradient_variance_switch([steps, [8.0, 8.0]], window=4, decay=0.9, start=0) is None


def test_start_n_takes_all_steps_of_the_first_n_epochs_as_reference() -> None:
    # Over all four steps the variance is 5, over either epoch 1; from the start to the next step it is 4.
    start, later = [[0.0, 2.0], [4.0, 6.0]], [10.0]
    assert gradient_variance_switch([*start, later], window=2, decay=0.81, start=2) == 3
    assert gradient_variance_switch([*start, later], window=2, decay=0.79, start=2) is None


def test_nothing_fires_during_the_start() -> None:
    assert gradient_variance_switch([WIDE, FLAT], window=2, decay=0.9, start=2) is None
    assert gradient_variance_switch([WIDE, FLAT, WIDE], window=2, decay=0.9, start=1) == 2


def test_a_window_that_is_not_full_never_fires() -> None:
    assert gradient_variance_switch([WIDE, [0.0]], window=6, decay=0.99, start=1) is None
    assert gradient_variance_switch([WIDE, [0.0, 0.0]], window=6, decay=0.99, start=1) == 2


def test_a_gradient_norm_that_is_not_finite_never_fires() -> None:
    for bad in (math.nan, math.inf):
        assert gradient_variance_switch([WIDE, [bad, bad]], window=2, decay=1.0, start=0) is None
        assert gradient_variance_switch([[bad, bad], FLAT], window=2, decay=1.0, start=0) is None


def test_an_epoch_without_steps_is_refused_by_the_variance_rule() -> None:
    with pytest.raises(ValueError, match="grad_norms must hold at least one step"):
        gradient_variance_switch([[]], window=2, decay=1.0, start=1)


def test_a_decided_rule_ignores_what_comes_later() -> None:
    variance = GradientVarianceRule(window=2, decay=0.5, start=0)
    for grad_norms in (WIDE, FLAT, WIDE, FLAT):
        variance.observe(grad_norms, 0.0, 0.0)
    assert variance.switch_epoch == 2
    assert observe_gaps(gap_rule(), [0.1, 0.1, 0.1, 9.0, 0.1, 9.0]) == 4


def test_a_copied_rule_goes_on_without_touching_the_original() -> None:
    rule = GradientVarianceRule(window=2, decay=0.5, start=0)
    rule.observe(WIDE, 0.0, 0.0)
    copied = copy.deepcopy(rule)
    copied.observe(FLAT, 0.0, 0.0)
    assert (rule.switch_epoch, copied.switch_epoch) == (None, 2)
    rule.observe(FLAT, 0.0, 0.0)
    assert rule.switch_epoch == 2


@pytest.mark.parametrize(
    ("settings", "kind", "decided"),
    [
        ({"rule": "epoch", "switch_epoch": 0}, EpochRule, 0),
        ({"rule": "gradient_variance", "window": 2, "decay": 0.5, "start": 0}, GradientVarianceRule, None),
        ({"rule": "generalization_gap", "base_epochs": 1, "ratio": 2.0, "period": 1}, GeneralizationGapRule, None),
    ],
)
def test_make_rule_builds_what_the_settings_say(settings: dict[str, object], kind: type, decided: int | None) -> None:
    rule = make_rule(TimingConfig.from_dict(settings))
    assert isinstance(rule, kind)
    assert rule.switch_epoch == decided


def test_make_rule_hands_every_parameter_on() -> None:
    settings = {"rule": "gradient_variance", "window": 2, "decay": 0.26, "start": 0}
    variance = make_rule(TimingConfig.from_dict(settings))
    for grad_norms in (WIDE, NARROW):
        variance.observe(grad_norms, 0.0, 0.0)
    assert variance.switch_epoch == 2
    gap = TimingConfig.from_dict({"rule": "generalization_gap", "base_epochs": 2, "ratio": 2.0, "period": 4})
    assert observe_gaps(make_rule(gap), [0.1, 0.1, 0.1, 0.1, 9.0, 9.0, 9.0, 9.0]) == 8


@pytest.mark.parametrize(
    ("name", "legal", "illegal", "rule"),
    [("window", 2, 1, ">= 2"), ("decay", 0.001, 0.0, "> 0"), ("start", 0, -1, ">= 0")],
)
def test_the_variance_rule_checks_its_parameters(name: str, legal: float, illegal: float, rule: str) -> None:
    settings = {"window": 5, "decay": 0.5, "start": 1}
    GradientVarianceRule(**{**settings, name: legal})
    with pytest.raises(ValueError, match=f"{name} must be {rule}, but got {name}={illegal}"):
        GradientVarianceRule(**{**settings, name: illegal})


@pytest.mark.parametrize(
    ("name", "legal", "illegal", "rule"),
    [("base_epochs", 1, 0, ">= 1"), ("ratio", 0.001, 0.0, "> 0"), ("period", 1, 0, ">= 1")],
)
def test_the_gap_rule_checks_its_parameters(name: str, legal: float, illegal: float, rule: str) -> None:
    settings = {"base_epochs": 5, "ratio": 2.0, "period": 3}
    GeneralizationGapRule(**{**settings, name: legal})
    with pytest.raises(ValueError, match=f"{name} must be {rule}, but got {name}={illegal}"):
        GeneralizationGapRule(**{**settings, name: illegal})


def test_the_epoch_rule_checks_its_parameter() -> None:
    with pytest.raises(ValueError, match="switch_epoch must be >= 0, but got switch_epoch=-1"):
        EpochRule(-1)
