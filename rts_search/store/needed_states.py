"""Decides which states a sweep still needs: for a resume, an extension, the final test or its results."""

import json
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from typing import Literal, TypeAlias

from rts_search.basics.errors import UserError
from rts_search.study.ranking import best_of_arms
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sections import ObjectiveConfig
from rts_search.sweep.sweep import baseline_config
from trainables.core.history.lineage import foreseen, source_of, start_key
from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import TimingConfig, TrialConfig
from trainables.core.settings.section import ConfigError

Keep: TypeAlias = Literal["best", "branch", "all"]
Address: TypeAlias = tuple[str, str]
"""Key and provenance of a state."""


def addresses(entries: Iterable[TrialEntry]) -> set[Address]:
    """The address of every recorded epoch of the trials."""
    return {(epoch.key, epoch.provenance) for entry in entries for epoch in entry.epochs}


def needed(study: SweepStudy, keep: Keep, stored: Set[Address]) -> set[Address]:
    """The stored states that a sweep needs with this `keep`.

    A sweep that has not ended needs at least what `branch` keeps, and every state of its unfinished trials.

    Raises:
        UserError: this Python cannot tell, since it lacks the sweep's model, or has another one.
    """
    entries, objective = study.trials(), study.sweep.objective
    unfinished = [entry for entry in entries if entry.state == "RUNNING"]
    ended = not unfinished and len(entries) >= study.total
    if keep == "all":
        found = addresses(entries)
    elif keep == "best" and ended:
        found = {state for entry in _results(entries, objective) for state in _way_to(entry, objective, stored)}
    else:
        found = addresses(unfinished) | _partings(entries)
        found |= {state for entry in entries for state in _way_to(entry, objective, stored)}
    if keep != "best" or not ended:
        if keep != "all":
            _require_model(study)
        stops = study.sweep.space.stop_epochs()
        trained = (epoch for entry in entries for epoch in entry.epochs)
        found.update((epoch.key, epoch.provenance) for epoch in trained if epoch.epoch + 1 in stops)
        shared = _shared_beginnings(study, entries)
        found |= {state for state in stored if state[0] in shared}
    return found & stored


def _results(entries: list[TrialEntry], objective: ObjectiveConfig) -> Iterator[TrialEntry]:
    """The trials whose test accuracy is read: the completed baselines that are not tuned, and the best of every arm."""
    yield from (entry for entry in entries if entry.completed and entry.baseline)
    yield from best_of_arms([entry for entry in entries if not entry.baseline], objective).values()


def _way_to(entry: TrialEntry, objective: ObjectiveConfig, stored: Set[Address]) -> Iterator[Address]:
    """The last stored state of a trial, and the last one up to the epoch that the objective chooses."""
    own = [(epoch.key, epoch.provenance) for epoch in entry.epochs]
    for epochs in {len(own), entry.chosen_epochs(objective) if own else 0}:
        yield from [state for state in own[:epochs] if state in stored][-1:]


def _partings(entries: Iterable[TrialEntry]) -> set[Address]:
    """The epochs after which trials continue differently."""
    ways: dict[Address, set[str]] = {}
    for entry in entries:
        for before, after in zip(entry.epochs, entry.epochs[1:], strict=False):
            ways.setdefault((before.key, before.provenance), set()).add(after.key)
    return {address for address, after in ways.items() if len(after) > 1}


def _require_model(study: SweepStudy) -> None:
    """Refuse to look for states by the addresses of another model: what is needed would not be found.

    Raises: UserError.
    """
    name = study.sweep.model.name
    if study.model_source is not None and source_of(name) != study.model_source:
        raise UserError(
            f"{study.name}: model.name: {name} must be the model that the sweep was launched with, to know which "
            f"states it needs, but this Python does not find it or finds another file; add the folder of "
            f"{name.partition(':')[0]} to PYTHONPATH, or keep all states with --keep all"
        )
    try:
        weights_identity(study.sweep.model)
    except ConfigError as error:
        raise UserError(
            f"{study.name}: {error.within('model')}; without these weights it cannot be known which states are needed; "
            "keep all states with --keep all"
        ) from error


def _shared_beginnings(study: SweepStudy, entries: Iterable[TrialEntry]) -> set[str]:
    """Keys of the SGD epochs after which a trial of this sweep may start PUGD, also one that is not drawn yet.

    With an adaptive rule that is every SGD epoch.
    """
    if study.sweep.store.sharing == "off":
        return set()
    anywhere = study.sweep.space.timing.kinds != ("epoch",)
    branching = study.sweep.space.branch_epochs()
    sgd = baseline_config(study.sweep, BaselineConfig(name="sgd"))
    begun = (entry.config for entry in entries if entry.config is not None)
    drawn = {json.dumps([config["training"], config["model"]]): config for config in (sgd.to_dict(), *begun)}
    keys = set[str]()
    for found in map(TrialConfig.from_dict, drawn.values()):
        timing = TimingConfig(switch_epoch=found.training.epochs)
        config = replace(sgd, training=found.training, model=found.model, timing=timing)
        try:
            key = start_key(config, study.data.fingerprint)
        except ConfigError:
            return set()  # the pretrained weights are missing, so nothing can be trained
        ahead = enumerate(foreseen(config, key, None), start=1)
        keys |= {key for epochs, (key, _) in ahead if anywhere or epochs in branching}
    return keys
