"""Checks of the settings that make baselines arms of a sweep, or say how they are trained without tuning."""

from typing import TYPE_CHECKING

from rts_search.sweep.baselines import PARTS, RTS, BaselineConfig
from rts_search.sweep.drawn_settings import NEEDED, check_corners
from rts_search.sweep.sampler_rules import check_search
from search_spaces.domains import Domain, Fixed
from trainables.core.settings.section import ConfigError, printable, require

if TYPE_CHECKING:
    from rts_search.sweep.sweep import SweepFile


def check_arms(sweep: "SweepFile") -> None:
    """Refuse what cannot be tuned, or what would have no effect. Raises: ConfigError with place, rule and value."""
    search, methods = sweep.search, [RTS, *(one.name for one in sweep.baselines)]
    if sweep.space.training is None:
        rule = "is not used without space.training, which says what baselines are tuned over: leave it out"
        require(search.tune_baselines, "search.tune_baselines", rule, search.tune_baselines)
        require(search.effort == "equal", "search.effort", rule, search.effort)
    rule = "is not used with tune_baselines false: leave it out"
    require(search.tune_baselines or search.effort == "equal", "search.effort", rule, search.effort)
    for arm, trials in search.effort.items() if isinstance(search.effort, dict) else ():
        require(arm in methods, f"search.effort.{printable(arm)}", f"must be one of {', '.join(methods)}", trials)
    for place, baseline in enumerate(sweep.baselines):
        try:
            _check_tuned(sweep, baseline) if sweep.tuned else _check_alone(sweep, baseline)
        except ConfigError as error:
            raise error.within(f"baselines.{place}") from None


def _check_alone(sweep: "SweepFile", baseline: BaselineConfig) -> None:
    """Check a baseline that is trained once, with the settings of the file."""
    rule = "is a part of RTS and must be tuned: give `space.training` a domain, such as lr"
    require(baseline.name not in PARTS, "name", rule, baseline.name)
    rule = "is only used when baselines are tuned, with space.training: leave it out"
    require(baseline.space is None, "space", rule, None if baseline.space is None else {})
    baseline.fixed(sweep.training)
    _check_batch_size(sweep, baseline)
    own = baseline.training or {}
    for name in NEEDED:
        missing = getattr(sweep.space.training, name, None) is not None and name not in own
        rule = f"must have {name}, which only `space` has, since the baseline is not tuned: write {{{name}: ...}}"
        require(not missing, "training", rule, own)


def _check_tuned(sweep: "SweepFile", baseline: BaselineConfig) -> None:
    """Check a baseline that is an arm of the sweep."""
    for part in PARTS.get(baseline.name, ()):
        fixed = all(isinstance(domain, Fixed) for _, domain in getattr(sweep.space, part).searched())
        rule = f"searches the sweep's {part}, of which `space` has one value: give it a domain, or leave {{}} out"
        require(not fixed, "name", rule.format(baseline.name), baseline.name)
    epochs, trials = baseline.epochs(sweep.training.epochs), sweep.efforts[baseline.name]
    rule = f"must be < {2 * sweep.training.epochs}, so that an epoch costs no more than a run of pugd"
    require(epochs >= 1, "inner_steps", rule, baseline.inner_steps)
    training = baseline.fixed(sweep.training.stretched(epochs))
    _check_batch_size(sweep, baseline)
    space = baseline.tuned_over(sweep.space, epochs)
    check_corners(space, training)
    tunes = any(not isinstance(domain, Fixed) for domain in space.searched().values())
    rule = f"must leave something to tune in {trials} trials, or have search.effort {{{baseline.name}: 1}}"
    require(tunes or trials == 1, "training", rule, baseline.training or {})
    check_search(sweep.name, sweep.search, sweep.scheduler, space)
    if sweep.search.sampler == "grid":
        try:
            space.check_grid()
        except ConfigError as error:
            raise error.within("space") from None


def _check_batch_size(sweep: "SweepFile", baseline: BaselineConfig) -> None:
    """Refuse mini-batches of a baseline that are larger than those in which the costs of all trials are counted."""
    largest, own = sweep.training.batch_size, baseline.space.training if baseline.space is not None else None
    rule = f"must be <= {largest}, the largest of the sweep, in which the costs of all trials are counted"
    fixed = (baseline.training or {}).get("batch_size")
    require(fixed is None or fixed <= largest, "training.batch_size", rule, fixed)
    domain = dict(own.given()).get("batch_size") if own is not None else None
    if isinstance(domain, Domain):
        require(domain.extremes[-1] <= largest, "space.training.batch_size", rule, domain.plain())
