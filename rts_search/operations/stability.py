"""`rts-search stability`: how steadily each method of a sweep trains."""

from collections.abc import Sequence

from rts_search.analysis.courses.chosen import ChosenRun
from rts_search.analysis.courses.course import Courses
from rts_search.analysis.courses.reading import course_of
from rts_search.analysis.stability.settings import SettingRow, setting_rows
from rts_search.analysis.stability.table import StabilityTable
from rts_search.operations.compared import compared
from rts_search.study.confirmation_study import counts_for_method
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.arms import arms_of
from trainables.core.history.store import Store


def stability(
    name: str, workspace: Workspace, against: Sequence[str] | None = None, by_settings: bool = False
) -> StabilityTable:
    """The table of stability.

    Args:
        name: of the sweep.
        workspace: its place.
        against: names of the rivals; None: all baselines.
        by_settings: whether the trials of the search are shown by their settings, too: the records of all their epochs
            are read.

    Raises:
        UserError: see `compared`.
    """
    study, entries, courses = compared(name, workspace, against)
    return StabilityTable(courses, _settings(study, entries, courses, workspace) if by_settings else ())


def _settings(
    study: SweepStudy, entries: Sequence[TrialEntry], courses: Courses, workspace: Workspace
) -> list[SettingRow]:
    store, found = Store(workspace.results.store_url), []
    names = [one.name for one in courses.methods]
    for arm in arms_of(study.sweep):
        if arm.name not in names:
            continue
        trials = [one for one in entries if one.arm == arm.name and not one.baseline and counts_for_method(one)]
        read = {one.number: course_of(ChosenRun(one, None), store, study, workspace) for one in trials}
        found += setting_rows(arm, trials, read)
    return found
