"""The trials that this process has begun or continued and that have not ended, and all that is written about them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import optuna
from optuna.trial import Trial, TrialState

from rts_search.study import attributes as kept
from rts_search.study.database.storage import patience_of
from rts_search.study.direct_writes import Insist, write_draw, write_end, write_trial
from rts_search.study.optuna_internals import begin_trial, id_of_number, storage_of, trial_numbered
from rts_search.study.trial_reader import Turn
from rts_search.study.trials import EpochEntry, TrialEntry, chosen_by
from rts_search.sweep.sections import ObjectiveConfig
from trainables.core.settings.config import TrialConfig


class Configs(Protocol):
    """Decides what each trial trains."""

    def beginning(self) -> dict[str, Any]:
        """The attributes that the next trial of all is begun with; called once for each trial that begins."""

    def label(self, number: int) -> str:
        """What the trial of this number is shown as: a baseline's name, or empty for a trial of the search."""

    def config(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        """The config of a trial, and the number of the trial that it repeats on another seed."""


@dataclass
class _OpenTrial:
    """A trial that has not ended."""

    trial: Trial
    epochs: dict[int, EpochEntry]
    turns: list[Turn]
    """The last one has not ended."""
    turns_written: bool = False

    def ended_turn(self, held: bool) -> dict[str, Any]:
        """The turns to write down. A trial with a single turn needs none: its own begin and end are the turn's."""
        self.turns_written |= held or kept.TURNS in self.trial.user_attrs
        return {kept.TURNS: [*self.turns[:-1], (self.turns[-1][0], time.time())]} if self.turns_written else {}


class OpenTrials:
    """Begins trials, records their epochs, holds and ends them."""

    def __init__(self, study: optuna.Study, objective: ObjectiveConfig, configs: Configs) -> None:
        """Write into a study.

        Args:
            study: Optuna's, with the sampler from which `configs` draws.
            objective: by which a completed trial is valued.
            configs: decides what each trial trains.
        """
        self._study, self._objective, self.configs = study, objective, configs
        self._open: dict[int, _OpenTrial] = {}
        self._reports = reports_epochs(study)

    def begin(self) -> TrialEntry:
        """Draw the next trial and write it down."""
        trial = begin_trial(self._study, self.configs.beginning())
        return self._opened(trial, [(time.time(), None)], newest=True)

    def take_up(self, entry: TrialEntry) -> TrialEntry:
        """Continue an unfinished trial under its own number; it is drawn now if it was interrupted before."""
        if entry.config is None:
            self._study.get_trials(deepcopy=False)  # Optuna's cache draws only for trials that it has read
        trial = trial_numbered(self._study, entry.number)
        earlier = [turn for turn in trial.user_attrs.get(kept.TURNS, ()) if turn[1] is not None]
        turns = [*earlier, (time.time(), None)]
        trial.set_user_attr(kept.TURNS, turns)
        return self._opened(trial, turns, entry.epochs)

    def wait(self, number: int) -> None:
        """Write down that an unfinished trial waits for a worker; a turn that never ended is forgotten."""
        storage, which = storage_of(self._study), id_of_number(self._study, number)
        turns = storage.get_trial(which).user_attrs.get(kept.TURNS, ())
        storage.set_trial_user_attr(which, kept.TURNS, [turn for turn in turns if turn[1]])

    def end_turn(self, number: int) -> None:
        """Write down that an open trial has lost its worker and waits for another."""
        write_trial(self._study, number, self._open[number].ended_turn(held=True), {}, self._insist)

    def record_epoch(self, number: int, entry: EpochEntry) -> int:
        """Write down one epoch of an open trial, as `record_epochs` does."""
        return self.record_epochs(number, [entry])[0]

    def record_epochs(self, number: int, entries: Sequence[EpochEntry]) -> list[int]:
        """Write down epochs of an open trial. An epoch may be recorded again; once it is spent, it stays spent.

        Returns for each the gradient evaluations that were spent and not yet written down.
        """
        found, costs = self._open[number], []
        new, values = {}, {}
        for entry in entries:
            before = found.epochs.get(entry.epoch)
            if before is not None and before.spent >= entry.spent and before.key == entry.key:
                costs.append(0)
                continue
            new[kept.epoch_name(entry.epoch)] = entry.kept()
            if before is None and self._reports:
                values[entry.epoch] = self._value(entry)
            found.epochs[entry.epoch] = entry
            earlier = found.epochs.get(entry.epoch - 1)
            cost = entry.gradient_evaluations - (earlier.gradient_evaluations if earlier is not None else 0)
            costs.append(cost if entry.spent and not (before is not None and before.spent) else 0)
        if new:
            write_trial(self._study, number, new, values, self._insist)
        return costs

    def add_in_vain(self, number: int, gradient_evaluations: int) -> None:
        """Write down what an open trial has computed besides its epochs."""
        trial = self._open[number].trial
        trial.set_user_attr(kept.IN_VAIN, trial.user_attrs.get(kept.IN_VAIN, 0) + gradient_evaluations)

    def note_short_of_memory(self, number: int) -> None:
        """Write down that an open trial ran out of memory. It gets one more attempt, here or in a later process."""
        self._open[number].trial.set_user_attr(kept.SHORT_OF_MEMORY, True)

    def hold(self, number: int) -> None:
        """Write down that an open trial was stopped early and may go on later."""
        found = self._open.pop(number)
        last = {**found.ended_turn(held=True), kept.HELD: len(found.epochs)}
        write_trial(self._study, number, last, {}, self._insist)

    def note_passed(self, number: int, epochs: int) -> None:
        """Write down that a trial was judged after so many epochs and goes on from there."""
        storage_of(self._study).set_trial_user_attr(id_of_number(self._study, number), kept.PASSED, epochs)

    def finish(self, number: int, state: str, reason: str = "") -> None:
        """End an open trial as COMPLETE (valued by the objective), PRUNED or FAIL."""
        found = self._open.pop(number)
        last = {**found.ended_turn(held=False), **({kept.REASON: reason} if reason else {})}
        values = self._values(found.epochs) if state == "COMPLETE" else None
        write_end(self._study, number, last, state, values, self._insist)
        self._study.tell(found.trial, values, state=TrialState[state])

    def _values(self, epochs: Mapping[int, EpochEntry]) -> list[float]:
        """The objective's value and, in a study of two objectives, gradient evaluations of the whole trial."""
        chosen = chosen_by(self._objective, epochs.values())
        assert chosen is not None
        return [self._value(chosen), epochs[max(epochs)].gradient_evaluations][: len(self._study.directions)]

    def _value(self, epoch: EpochEntry) -> float:
        return self._objective.measure.gain(self._objective.gain(epoch))

    @property
    def _insist(self) -> Insist:
        return patience_of(storage_of(self._study)).insist

    def _opened(
        self, trial: Trial, turns: list[Turn], epochs: tuple[EpochEntry, ...] = (), newest: bool = False
    ) -> TrialEntry:
        """Draw the trial unless it is drawn, write its config down, and keep it among the open ones.

        newest: whether the trial has just begun.
        """
        attrs = trial.user_attrs
        label, config, repeats = self.configs.label(trial.number), attrs.get(kept.CONFIG), attrs.get(kept.REPEATS)
        if config is None:
            drawn, repeats = self.configs.config(trial)
            config = drawn.to_dict()
            written = {kept.BASELINE: label or None, kept.REPEATS: repeats, kept.CONFIG: config}
            chosen = {name: value for name, value in written.items() if value is not None}
            write_draw(self._study, trial.number, attrs, chosen, newest, self._insist)
        self._open[trial.number] = _OpenTrial(trial, {entry.epoch: entry for entry in epochs}, turns)
        short = bool(attrs.get(kept.SHORT_OF_MEMORY))
        arm = attrs.get(kept.ARM, "")
        return TrialEntry(trial.number, "RUNNING", config, label, "", epochs, short, repeats=repeats, arm=arm)


def reports_epochs(study: optuna.Study) -> bool:
    """Whether the study has the objective's value of each epoch as a value of Optuna's too; not with two objectives."""
    return len(study.directions) == 1
