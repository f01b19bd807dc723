"""Baselines are points of the search space, with published settings or the user's."""

import pytest

from rts_search.analysis.confirmation.equal_cost import equal_epochs
from rts_search.basics.errors import UserError
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import SweepFile, baseline_config
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.sweep_files import MINE, Write
from trainables.core.history.lineage import EpochSettings
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


def test_the_relatives_of_sam_have_published_settings_or_their_own(write: Write) -> None:
    sweep = load_sweep(write(MINE), ["baselines=[looksam, {name: gsam, alpha: 0.1}, {name: friendly_sam, decay: 0.9}]"])
    looksam, gsam, friendly = (baseline_config(sweep, baseline) for baseline in sweep.baselines)
    assert (looksam.radius.value, looksam.perturbation) == (0.1, PerturbationConfig("looksam", k=5, alpha=0.7))
    assert (gsam.radius.value, gsam.perturbation) == (0.05, PerturbationConfig("gsam", alpha=0.1))
    settings = PerturbationConfig("friendly_sam", sigma=1.0, decay=0.9)
    assert (friendly.radius.value, friendly.perturbation) == (0.2, settings)
    assert [config.timing.switch_epoch for config in (looksam, gsam, friendly)] == [0, 0, 0]
    for own, line in (
        ("{name: sam, k: 2}", "k: is not used by sam: leave it out"),
        ("{name: looksam, k: 0}", "k: must be >= 1"),
        ("{name: friendly_sam, alpha: 1}", "alpha: is not used by friendly_sam"),
    ):
        with pytest.raises(UserError, match=f"baselines.0.{line}"):
            load_sweep(write(MINE), [f"baselines=[{own}]"])


def test_path_sgd_takes_one_gradient_and_no_radius(write: Write) -> None:
    sweep = load_sweep(write(MINE), ["baselines=[path_sgd]"])
    (path_sgd,) = sweep.baselines
    config = baseline_config(sweep, path_sgd)
    assert (config.perturbation, config.timing.switch_epoch) == (PerturbationConfig("path_sgd"), 0)
    assert (path_sgd.gradients_per_step, path_sgd.epochs(8)) == (1, 16)
    for own, line in (
        ("{name: path_sgd, radius: 0.1}", "radius: is not used by path_sgd: leave it out, but got 0.1"),
        ("{name: path_sgd, k: 2}", "k: is not used by path_sgd: leave it out, but got 2"),
    ):
        with pytest.raises(UserError, match=f"baselines.0.{line}"):
            load_sweep(write(MINE), [f"baselines=[{own}]"])


def test_looksam_gets_the_epochs_that_cost_as_much_as_pugd_and_no_more() -> None:
    for k in (1, 2, 5, 7):
        looksam = BaselineConfig.model_validate({"name": "looksam", "k": k})
        settings = EpochSettings("looksam", 0.1, 0.1, None, perturbation=looksam.perturbation(), every=k)
        for epochs in (1, 6, 12):
            for steps in (1, 8, 36):
                cost = [sum(settings.gradient_evaluations(epoch, steps) for epoch in range(n)) for n in range(26)]
                assert cost[looksam.epochs(epochs)] <= 2 * epochs * steps < cost[looksam.epochs(epochs) + 1]
                assert cost[equal_epochs(looksam, cost[epochs], steps)] >= cost[epochs]
    assert BaselineConfig(name="gsam").gradients_per_step == 2
