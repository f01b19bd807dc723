"""The settings of a trial in a few words."""

from rts_search.analysis.short_settings import short, short_settings
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.settings.config import ScheduleConfig, TimingConfig


def test_a_constant_radius_and_a_fixed_switch_are_their_values_alone() -> None:
    sweep = load_sweep("digits")
    pugd = next(baseline for baseline in sweep.baselines if baseline.name == "pugd")
    assert short_settings(baseline_config(sweep, pugd), sweep.space) == "radius 1, switch 0, scale 1"


def test_other_kinds_are_named() -> None:
    assert short(ScheduleConfig("cosine", beta_min=0.1, beta_max=2.0)).startswith("cosine 0.1 2")
    rule = TimingConfig("generalization_gap", base_epochs=2, ratio=2.0, period=1)
    assert short(rule, "rule").startswith("generalization_gap ")
