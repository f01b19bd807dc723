"""Which actions a sweep offers in its present state. At most one of them is the obvious next step."""

from dataclasses import dataclass

from rts_search.server.responses import SweepSummary

DRIVEN = ("queued", "starting", "running", "confirming")
"""States of a sweep that can be stopped."""


@dataclass(frozen=True)
class Actions:
    """What a user may do with a sweep now."""

    stop: str = ""
    """What a stop is called; empty where there is nothing to stop."""
    resume: bool = False
    confirm: bool = False
    extend: bool = False
    delete: bool = False
    primary: str = ""
    """The obvious next step, resume or confirm; empty where there is none."""

    @classmethod
    def of(cls, summary: SweepSummary, mine: bool) -> "Actions":
        """The actions of a sweep. `mine`: whether the user may change it."""
        state = summary.state
        if not mine or state == "stopping":
            return cls()
        if state in DRIVEN:
            return cls(stop="Take out of the queue" if state == "queued" else "Stop")
        confirm = summary.can_confirm
        primary = "resume" if summary.can_resume else "confirm" if confirm and summary.confirmed is None else ""
        return cls(
            resume=summary.can_resume,
            confirm=confirm,
            extend=summary.trials > 0,
            delete=True,
            primary=primary,
        )
