"""How far a sweep is, in one line and as a share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rts_search.study.workspace import Workspace


@dataclass(frozen=True)
class Progress:
    """What a bar shows."""

    doing: str
    """The phase and what has been reached, in words; no times."""
    done: float = 0.0
    total: int = 0
    """What `done` reaches at the end; 0 where it is not known."""
    left: str = ""
    """About how long it still takes, in words; empty where that is not known."""

    def __str__(self) -> str:
        """All of it in one line."""
        return f"{self.doing}, about {self.left} left" if self.left else self.doing


def sweep_progress(
    name: str, workspace: "Workspace", last_line: str = "", driven: bool = False
) -> tuple[Progress, dict[str, Any]]:
    """The progress of a sweep, and its status, from which it is made.

    Args:
        name: of the sweep.
        workspace: where it is.
        last_line: what its driver has printed last. It names the phase while no trial trains.
        driven: whether it has a process, also where that does not hold the sweep, as between search and confirmation.

    Raises:
        UserError: the sweep cannot be read.
    """
    from rts_search.study.status import status

    facts = status(name, workspace)
    doing = last_line.removeprefix(f"{name}: ")
    confirming = facts["confirmation"]
    if confirming and confirming["running"] and confirming["ended"] < confirming["runs"]:
        told = f"{name}: confirming, {confirming['ended']} of {confirming['runs']} planned runs ended"
        return Progress(told, _done(confirming, confirming["ended"]), confirming["runs"]), facts
    ended = num_ended(facts)
    if facts["state"] != "running" and not driven:
        return Progress(told_of(facts), ended, facts["trials"]), facts
    if facts["state"] != "running" or ended == facts["trials"]:
        return Progress(f"{name}: {doing or 'writing the results'}", ended, facts["trials"]), facts
    done = _done(facts, ended)
    if not done:
        return Progress(f"{name}: {doing or 'starting the first trials'}", 0.0, facts["trials"]), facts
    return Progress(told_of(facts), done, facts["trials"], _left(name, workspace)), facts


def num_ended(facts: Mapping[str, Any]) -> int:
    """How many trials of a status have ended."""
    return int(facts["completed"] + facts["stopped_early"] + facts["failed"])


def told_of(facts: Mapping[str, Any]) -> str:
    """`digits: training, 5 of 9 trials ended, best val_acc 96.17 % (trial 8)`."""
    state = "training" if facts["state"] == "running" else facts["state"]
    best = f", best {best_of(facts)}" if facts["best"] else ""
    return f"{facts['sweep']}: {state}, {num_ended(facts)} of {facts['trials']} trials ended{best}"


def best_of(facts: Mapping[str, Any]) -> str:
    """`val_acc 96.17 % (trial 8)`, of a status with a best trial."""
    from trainables.core.settings.metrics import METRICS

    best = facts["best"]
    return f"{best['metric']} {METRICS[best['metric']].shown(best['value'])} (trial {best['trial']})"


def _done(facts: Mapping[str, Any], ended: int) -> float:
    """Ended trials or runs, and the trained share of the unfinished ones."""
    shares = [epochs / facts["lengths"][number] for number, epochs in facts["unfinished"].items() if epochs]
    return float(ended + sum(shares))


def _left(name: str, workspace: "Workspace") -> str:
    """About how long the search still takes, in words; empty before a trial has ended."""
    import time

    from rts_search.basics.durations import duration
    from rts_search.study.times import times_of

    study = workspace.load(name)
    since = study.driven_since(workspace.driver(study))
    left = times_of(study.turns(), study.trials(), study.total, since, time.time()).left
    return "" if left is None else duration(left)
