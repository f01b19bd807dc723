"""The lines of the cases and the table of figures at the end."""

import statistics
from collections.abc import Sequence

from scripts.killing.cases import Outcome

HEAD = (
    "| victim | cases | as promised | seconds to its end | seconds to the first new epoch | epochs trained again |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


def line(number: int, seed: int, case: object, outcome: Outcome) -> str:
    """One case."""
    recovery = "" if outcome.recovery_seconds is None else f", {outcome.recovery_seconds:.1f} s to a new epoch"
    hit = "" if outcome.struck else " (had ended before)"
    verdict = "as promised" if not outcome.wrong else "WRONG: " + "; ".join(outcome.wrong)
    end = "" if outcome.end_seconds is None else f" after {outcome.end_seconds:.1f} s"
    return (
        f"{seed}/{number} {case}{hit}: exit code {outcome.code}{end}, '{outcome.last_line[:150]}'{recovery}, "
        f"{outcome.again} epochs again: {verdict}"
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """A row for each victim: medians, and the largest in brackets. Cases that had ended before are not counted."""
    rows = [HEAD]
    hit = [one for one in outcomes if one.struck]
    for victim in dict.fromkeys(sorted(one.victim for one in hit)):
        ours = [one for one in hit if one.victim == victim]
        ends = [one.end_seconds for one in ours if one.end_seconds is not None]
        recoveries = [one.recovery_seconds for one in ours if one.recovery_seconds is not None]
        good = sum(not one.wrong for one in ours)
        cells = (victim, len(ours), good, _both(ends), _both(recoveries), _both([one.again for one in ours]))
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def _both(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g} ({max(values):.3g})" if values else "-"
