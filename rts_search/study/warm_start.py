"""Reads the results of an earlier sweep as points of the space of a new sweep."""

from typing import Any

from rts_search.basics.errors import refused
from rts_search.study.data_facts import DataFacts
from rts_search.study.samplers.earlier_results import EarlierResult
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep import SweepFile, trial_config
from search_spaces.domains import Choice, Domain, Integer
from search_spaces.hints import did_you_mean
from trainables.core.history.lineage import source_of
from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import TrialConfig
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
    found = (_result(entry, sweep) for entry in studies[name].trials())
    return [result for result in found if result is not None]


def point_in_space(config: TrialConfig, sweep: SweepFile) -> dict[str, Any] | None:
    """The draws that give the radius, scale and timing of a config; None when the sweep cannot draw them."""
    sections, params = config.to_dict(), dict[str, Any]()

    def choose(name: str, domain: Domain) -> Any:
        place, _, setting = name.partition(".")
        params[name] = _as_drawn(domain, sections[place].get(setting))
        return params[name]

    try:
        drawn = trial_config(sweep, sweep.space.draw(choose))
    except _Outside:
        return None
    same = all(getattr(drawn, name) == getattr(config, name) for name in ("radius", "scale", "timing", "perturbation"))
    return params if same else None


class _Outside(Exception):
    """A value is not in its domain."""


def _as_drawn(domain: Domain, value: Any) -> Any:
    if isinstance(domain, Choice):
        if value in domain.options:
            return domain.options[domain.options.index(value)]
        raise _Outside
    within = isinstance(value, int | float) and domain.lowest <= value <= domain.highest
    if not within or (isinstance(domain, Integer) and (value - domain.low) % domain.step):
        raise _Outside
    return value


def _result(entry: TrialEntry, sweep: SweepFile) -> EarlierResult | None:
    val_acc = entry.val_acc(sweep.objective.rule)
    if entry.state != "COMPLETE" or entry.config is None or val_acc is None:
        return None
    params = point_in_space(entry.settings, sweep)
    return None if not params else EarlierResult(params, val_acc, entry.cost)


def _check_same(study: SweepStudy, sweep: SweepFile, data: DataFacts) -> None:
    rule = "must be a sweep on the same images and split: choose another, or leave it out"
    require(study.data.fingerprint == data.fingerprint, "", rule, study.name)
    theirs = (study.sweep.model, study.model_source, study.model_weights)
    ours = (sweep.model, source_of(sweep.model.name), weights_identity(sweep.model))
    rule = f"must be a sweep of the same model, {sweep.model.name} with the same options, file and weights"
    require(theirs == ours, "", f"{rule}: choose another, or leave it out", study.name)
