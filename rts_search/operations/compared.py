"""The runs that `stability` and `costs` compare, by the name of a sweep."""

from collections.abc import Sequence
from dataclasses import replace

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.analysis.courses.course import Courses
from rts_search.analysis.courses.reading import read_courses
from rts_search.basics.errors import UserError
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.baselines import RTS


def compared(
    name: str, workspace: Workspace, against: Sequence[str] | None = None
) -> tuple[SweepStudy, list[TrialEntry], Courses]:
    """A sweep, its trials, and the runs of its methods: those of its confirmation, else the best trial of each method.

    against: names of the rivals of rts; None: all baselines.

    Raises:
        UserError: the sweep cannot be read, a rival is unknown or has no completed trial, no trial has completed, or
            records of epochs are lost.
    """
    study = workspace.load(name)
    known = [one.name for one in study.sweep.baselines]
    for rival in against or ():
        if rival not in known:
            raise UserError(
                f"{name}: --against: must be among the baselines of the sweep, {', '.join(known) or 'none'}, but got "
                f"{rival!r}"
            )
    entries = study.trials()
    found = read_courses(study, entries, read_verdict(study, entries, workspace.storage_url).verdict, workspace)
    wanted = {RTS, *(known if against is None else against)}
    found = replace(found, methods=tuple(one for one in found.methods if one.name in wanted))
    if not any(method.completed for method in found.shown):
        raise UserError(f"{name}: has no completed trial yet; wait for one, or `{study.go_on}`")
    for method in found.methods:
        if against is not None and method not in found.shown:
            raise UserError(
                f"{name}: --against: {method.name} has no completed trial yet; wait for one, `{study.go_on}`, or leave "
                "it out"
            )
    return study, entries, found
