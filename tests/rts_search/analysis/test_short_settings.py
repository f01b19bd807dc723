"""The settings of a trial in a few words."""

from rts_search.analysis.short_settings import short, short_settings
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.settings.config import ScheduleConfig, TimingConfig
from trainables.core.settings.scale_config import ScaleConfig


def test_a_constant_radius_and_a_fixed_switch_are_their_values_alone() -> None:
    sweep = load_sweep("digits")
    pugd = next(baseline for baseline in sweep.baselines if baseline.name == "pugd")
    assert short_settings(baseline_config(sweep, pugd), sweep.space) == "radius 1, switch 0, scale 1"


def test_a_schedule_is_its_shape_and_its_two_values_without_defaults() -> None:
    assert short(ScheduleConfig("inverse_cosine", beta_min=0.823, beta_max=1.5401)) == "inverse_cosine 0.82→1.54"
    cycles = ScheduleConfig("cyclic_cosine", beta_min=0.0433, beta_max=12.0, origin="switch", T_0=3, T_mult=2)
    assert short(cycles) == "cyclic_cosine 0.043→12 from switch T_0 3 T_mult 2"
    assert short(ScaleConfig("adaptive", value=0.5, beta_min=0.0, beta_max=2.0, rule="batch_variance")) == (
        "adaptive 0.5 0→2 batch_variance"
    )


def test_a_switch_rule_names_its_settings_and_every_step_is_not_said() -> None:
    rule = TimingConfig("generalization_gap", base_epochs=2, ratio=2.0, period=1, every=1)
    assert short(rule, "rule") == "generalization_gap base_epochs 2 ratio 2 period 1"
    assert short(TimingConfig(switch_epoch=4, every=3, stop_epoch=9), "rule") == "4 every 3 stop 9"
