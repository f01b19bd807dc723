"""The progress of a running sweep: a live display on a terminal, plain lines elsewhere."""

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rts_search.basics.phases import Phase, phases
from rts_search.basics.sizes import counted
from rts_search.cli.lines import fold
from rts_search.cli.trial_log import ENDED
from rts_search.cli.waiting import PhaseLines
from rts_search.study.confirmation_progress import method_told
from rts_search.study.pace import Pace
from rts_search.study.ranking import best_trials
from rts_search.study.study import SweepStudy
from rts_search.study.trial_reader import Turn
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ResourcesConfig
from rts_search.sweep.sweep import SweepFile

NARROW = 80
"""Columns below which bars are short."""


@dataclass
class SweepDisplay:
    """A Watcher that prints the progress of a sweep on a console."""

    console: Console
    sweep: SweepFile
    total: int
    ended: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ENDED, 0))

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._pace = Pace()
        self._running: dict[int, dict[int, EpochEntry]] = {}
        self._shown: dict[int, tuple[str, int]] = {}
        self._completed: list[TrialEntry] = []
        self._best: TrialEntry | None = None
        self._phase = ""
        self._looked_at = 0
        self._cluster, self._each = (0.0, 0.0), ResourcesConfig()
        self._has_started = False
        self._lines = PhaseLines(lambda line: self._say(f"{self.sweep.name}: {line}"))
        self._heard: AbstractContextManager[None] | None = None
        self._live = Live(self, console=self.console, refresh_per_second=4, transient=True)

    @classmethod
    def of_study(cls, console: Console, study: SweepStudy, total: int) -> "SweepDisplay":
        """A display that counts the trials that have already ended in this study."""
        display = cls(console, study.sweep, total)
        ended = [entry for entry in study.trials() if entry.state in ENDED]
        for entry in ended:
            display._count(entry)
        display.timed(study.turns(), {entry.number for entry in ended}, None)
        return display

    def timed(self, turns: Mapping[int, Sequence[Turn]], ended: Collection[int], since: float | None) -> None:
        """Take over the times of trials from the study; see `Pace.of`."""
        self._pace = Pace.of(turns, ended, since)

    def __enter__(self) -> "SweepDisplay":
        self._heard = phases.heard_by(self)
        self._heard.__enter__()
        if self.console.is_terminal:
            self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self.console.is_terminal:
            self._live.__exit__(None, None, None)
        if self._heard is not None:
            self._heard.__exit__(None, None, None)

    def heard(self, phase: Phase) -> None:
        """Tell a phase in a line where there is no terminal. A terminal shows it whenever the display is drawn."""
        if not self.console.is_terminal:
            self._lines.heard(phase)

    def silent(self) -> None:
        """Nothing to do: the display shows the phase only while it lasts."""

    def started(self, concurrent: int, cpus: float, gpus: float, each: ResourcesConfig) -> None:
        """Print how many trials run at the same time, on how many CPUs and GPUs; start the clock."""
        self._has_started, self._phase = True, "starting the first trials"
        self._cluster, self._each = (cpus, gpus), each
        self._began = time.monotonic()
        places = f"{concurrent} at a time on {counted(cpus, 'CPU')} and {counted(gpus, 'GPU')}"
        self._say(f"{self.sweep.name}: {counted(self.total, 'trial')}, {places}")

    def attached(self, seconds: float, each: ResourcesConfig) -> None:
        """Show a sweep that another process runs. seconds: for how long it has; each: the resources of each trial."""
        self._has_started, self._each = True, each
        self._began = time.monotonic() - seconds

    def trial_began(self, entry: TrialEntry) -> None:
        """Show a trial as running, with the epochs that it already has."""
        self._phase = ""
        self._pace.began(entry.number, time.time())
        self._running[entry.number] = {epoch.epoch: epoch for epoch in entry.epochs}
        self._shown[entry.number] = (_named(entry), entry.settings.training.epochs)

    def epoch_done(self, entry: TrialEntry, epoch: EpochEntry, notes: tuple[str, ...]) -> None:
        """Show a trial's new epoch, and print its notes."""
        trained = self._running.setdefault(entry.number, {})
        trained.pop(epoch.epoch, None)  # an epoch that is trained again moves to the end
        trained[epoch.epoch] = epoch
        for note in notes:
            self._say(f"trial {entry.number}: {note}")

    def trial_lost(self, entry: TrialEntry, reason: str) -> None:
        """Print that a trial was interrupted, for example by the loss of its worker."""
        self._running.pop(entry.number, None)
        self._pace.paused(entry.number, time.time())
        self._say(f"trial {entry.number}: {reason}; it continues from its last stored state")

    def trial_held(self, entry: TrialEntry) -> None:
        """Remove a trial that was stopped early, but may continue, from the running trials."""
        self._running.pop(entry.number, None)
        self._pace.paused(entry.number, time.time())

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """Count a trial, and print how it ended."""
        trained = self._running.pop(entry.number, None) or {}
        self._shown.pop(entry.number, None)
        freed = int(self._pace.ended(entry.number, time.time()))
        # A driver's entry is from the beginning of the trial, and who watches from elsewhere may have heard of fewer.
        epochs = max(entry.epochs, tuple(trained[epoch] for epoch in sorted(trained)), key=len)
        self._count(replace(entry, state=state, epochs=epochs))
        name = _named(entry)
        shown = f" {self._told(epochs[-1])}" if epochs else ""
        because = f": {reason}" if state == "FAIL" else ""
        reached = f"[{sum(self.ended.values())}/{self.total}]"
        self._say(f"{reached} {name} {ENDED[state]}{shown}{because} ({self._times(freed)})")

    def note(self, line: str) -> None:
        """Print a line."""
        self._say(line)

    def phase(self, doing: str) -> None:
        """Print what the driver begins to do, unless it was the last to be told; show it on a terminal."""
        told, self._phase = self._phase == doing, doing
        if not self.console.is_terminal and not told:
            self._say(f"{self.sweep.name}: {doing}")

    def __rich__(self) -> RenderableType:
        """Draw the live display: a line for the sweep, a line for the best trial, and one for each running trial."""
        done = sum(self.ended.values())
        counts = ", ".join(f"{count} {ENDED[state]}" for state, count in self.ended.items() if count) or "none ended"
        doing = str(phases.now or self._phase)
        if not self._has_started:
            return Group(*self._told_in_lines(self.sweep.name, "", doing, f"{_clock(self._elapsed)} elapsed"))
        best, objective = self.best, self.sweep.objective
        chosen = best and best.chosen(objective)
        told = f"best so far: trial {best.number}, {self._told(chosen)}" if best and chosen else "no best yet"
        gpus_in_use = len(self._running) * self._each.gpus
        cpus_in_use = len(self._running) * self._each.cpus
        use = f"CPUs {cpus_in_use:g}/{self._cluster[0]:g}, GPUs {gpus_in_use:g}/{self._cluster[1]:g}"
        use = use if any(self._cluster) else f"{len(self._running)} running"
        running = Table.grid(padding=(0, 2))
        for number, epochs in sorted(self._running.items()):
            last = next(reversed(epochs.values()), None)
            trained = last.epoch + 1 if last else 0
            accuracy = self._told(last) if last else "starting"
            name, epochs_of_trial = self._shown.get(number, (f"trial {number}", self.sweep.training.epochs))
            bar = ProgressBar(total=epochs_of_trial, completed=trained, width=8 if self._narrow else 20)
            running.add_row(f"  {name}", bar, f"epoch {trained}/{epochs_of_trial}", accuracy)
        head = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=self.total, completed=done, width=10 if self._narrow else 30)
        head.add_row(Text(self.sweep.name, style="bold", overflow="fold"), bar, f"{done}/{self.total}")
        return Group(head, *self._told_in_lines("  " + counts, told, self._times(), doing or use), running)

    @property
    def _narrow(self) -> bool:
        return self.console.width < NARROW

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _told_in_lines(self, *parts: str) -> list[Text]:
        """The parts in as few lines as the width of the terminal allows; none is broken in two where it fits."""
        return [Text(line) for line in filled(parts, self.console.width)]

    @property
    def best(self) -> TrialEntry | None:
        """The best completed trial of the search so far."""
        if self._looked_at != len(self._completed):  # only when it is drawn: trials end more often than that
            self._looked_at = len(self._completed)
            self._best = next(iter(best_trials(self._completed, self.sweep.objective)), None)
        return self._best

    def _count(self, entry: TrialEntry) -> None:
        self.ended[entry.state] += 1
        if entry.completed:
            # Only the two epochs that rank a trial are kept in memory: the chosen one, and the last one with the cost.
            places = {entry.chosen_epochs(self.sweep.objective) - 1, len(entry.epochs) - 1}
            kept = tuple(entry.epochs[place] for place in sorted(places))
            self._completed.append(replace(entry, config=None, epochs=kept))

    def _told(self, epoch: EpochEntry) -> str:
        """The objective of an epoch: `val_acc 0.9123`."""
        return f"{self.sweep.objective.metric} {getattr(epoch, self.sweep.objective.metric):.4f}"

    def _times(self, freed: int = 0) -> str:
        """How long it has run, and about how long it still takes. freed: as in `Pace.left`."""
        left = self._pace.left(self.total - sum(self.ended.values()), time.time(), freed)
        elapsed = f"{_clock(self._elapsed)} elapsed"
        return elapsed if left is None else f"{elapsed}, about {_clock(left)} left"

    def _say(self, line: str) -> None:
        line = fold(line, self.console.width) if self.console.is_terminal else line
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


def _named(entry: TrialEntry) -> str:
    """`trial 3`, with the name of its baseline or arm in brackets unless it is one of the search.

    The runs of a contender are named after its trial in the search: `trial 0 (contender 6)`.
    """
    arm = method_told(entry.arm)
    return f"trial {entry.number}" + ("" if arm == RTS else f" ({arm})")


def filled(parts: Sequence[str], width: int, gap: str = "   ", indent: str = "  ") -> list[str]:
    """Put parts of a text on as few lines of this width as possible. Lines after the first are indented."""
    lines: list[str] = []
    for part in filter(None, parts):
        if lines and len(lines[-1]) + len(gap) + len(part) <= width:
            lines[-1] += gap + part
        else:
            lines.append(part if not lines else indent + part)
    return lines


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
