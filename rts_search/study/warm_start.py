"""Reads the results of an earlier sweep as points of the space of a new sweep."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from rts_search.basics.errors import refused
from rts_search.study.data_facts import DataFacts
from rts_search.study.samplers.earlier_results import EarlierResult
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.drawn_settings import merged
from rts_search.sweep.overrides import flatten
from rts_search.sweep.sweep import SweepFile, trial_config
from search_spaces.domains import Domain
from search_spaces.hints import did_you_mean
from search_spaces.points import value_in
from trainables.core.history.lineage import source_of
from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import BsconvConfig, ModelConfig, TrialConfig
from trainables.core.settings.section import ConfigError, require


def earlier_results(storage_url: str, sweep: SweepFile, data: DataFacts) -> list[EarlierResult]:
    """The completed trials of the sweep that `search.warm_start` names, as far as they lie in the space; by number.

    Raises:
        UserError: there is no such sweep, or it has other images or another model.
    """
    name = sweep.search.warm_start
    if name is None:
        return []
    studies = {study.name: study for study in SweepStudy.every(storage_url) if ":" not in study.name}
    try:
        known = f"one of {', '.join(studies)}" if studies else "a launched sweep, of which there is none here yet"
        require(name in studies, "", f"must be {known}{did_you_mean(name, studies)}", name)
        _check_same(studies[name], sweep, data)
    except ConfigError as error:
        raise refused(sweep.name, error.within("search.warm_start")) from error
    # A sweep that searches the batch size counts mini-batches of the largest size.
    share = Fraction(data.steps_per_epoch, studies[name].data.steps_per_epoch)
    found = (_result(entry, sweep, share) for entry in studies[name].trials())
    return [result for result in found if result is not None]


def point_in_space(config: TrialConfig, sweep: SweepFile) -> dict[str, Any] | None:
    """The draws that give a config, apart from settings of its training that the sweep does not draw; None when the
    sweep cannot draw them."""
    values, params = flatten(config.to_dict()), dict[str, Any]()

    def choose(name: str, domain: Domain) -> Any:
        params[name] = value_in(domain, values.get(name))
        return params[name]

    try:
        point = sweep.space.draw(choose)
    except ConfigError:
        return None
    drawn = trial_config(sweep, point)
    same = all(getattr(drawn, name) == getattr(config, name) for name in ("radius", "scale", "timing", "perturbation"))
    # A drawn section equals the config's when putting it there changes nothing.
    space = sweep.space
    same &= merged(config.training, space.training, point.get("training")) == config.training
    same &= merged(config.model, space.model, point.get("model")) == config.model
    return params if same else None


def _result(entry: TrialEntry, sweep: SweepFile, share: Fraction) -> EarlierResult | None:
    if entry.state != "COMPLETE" or entry.config is None:
        return None
    if entry.arm != RTS and not entry.baseline:
        return None  # a tuned baseline has another length and a space of its own
    if any(getattr(epoch, sweep.objective.metric) is None for epoch in entry.epochs):
        return None  # of an earlier version, which recorded val_acc alone
    value = entry.value(sweep.objective)
    assert value is not None
    params = point_in_space(entry.settings, sweep)
    return None if not params else EarlierResult(params, value, int(entry.cost * share))


def _fixed(model: ModelConfig, sweep: SweepFile) -> ModelConfig:
    """The model without what the new sweep draws."""
    space = sweep.space.model
    section = model.separable
    same_form = replace(model, bsconv=section)
    drawn = (space.options or {}) if space else {}
    without = replace(same_form, options={name: value for name, value in model.options.items() if name not in drawn})
    if space is None or space.bsconv is None or section is None:
        return without
    return replace(without, bsconv=BsconvConfig.from_dict(space.bsconv.without_given(section.to_dict())))


def _check_same(study: SweepStudy, sweep: SweepFile, data: DataFacts) -> None:
    rule = "must be a sweep on the same images and split: choose another, or leave it out"
    require(study.data.fingerprint == data.fingerprint, "", rule, study.name)
    theirs = (_fixed(study.sweep.model, sweep), study.model_source, study.model_weights)
    ours = (_fixed(sweep.model, sweep), source_of(sweep.model.name), weights_identity(sweep.model))
    rule = f"must be a sweep of the same model, {sweep.model.name} with the same options, file and weights"
    require(theirs == ours, "", f"{rule}: choose another, or leave it out", study.name)
