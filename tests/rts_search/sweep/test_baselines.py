"""Baselines are points of the search space, with published settings or the user's."""

from rts_search.sweep.sweep import SweepFile, baseline_config
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.sweep_files import MINE, Write
from trainables.core.settings.config import PerturbationConfig


def test_baselines_are_points_of_the_space(write: Write) -> None:
    sweep: SweepFile = load_sweep(write(MINE))
    sgd, ngd, pugd = (baseline_config(sweep, name) for name in sweep.baselines)
    assert [config.timing.switch_epoch for config in (sgd, ngd, pugd)] == [8, 0, 0]
    assert [config.radius.value for config in (sgd, ngd, pugd)] == [1.0, 0.0, 1.0]
    assert [config.scale.value for config in (sgd, ngd, pugd)] == [1.0, 1.0, 1.0]
    assert {config.perturbation.kind for config in (sgd, ngd, pugd)} == {"pugd"}


def test_the_other_baselines_have_published_settings_or_their_own(write: Write) -> None:
    wanted = "baselines=[sam, {name: asam, radius: 1}, {name: amp, inner_steps: 2}]"
    sam, asam, amp = (
        baseline_config(sweep, baseline)
        for sweep in [load_sweep(write(MINE), [wanted])]
        for baseline in sweep.baselines
    )
    assert (sam.radius.value, sam.perturbation) == (0.05, PerturbationConfig("sam"))
    assert (asam.radius.value, asam.perturbation) == (1.0, PerturbationConfig("asam", eta=0.01))
    assert (amp.radius.value, amp.perturbation) == (0.5, PerturbationConfig("amp", inner_lr=1.0, inner_steps=2))
    assert [config.timing.switch_epoch for config in (sam, asam, amp)] == [0, 0, 0]
