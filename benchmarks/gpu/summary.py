"""The summary of a run: for each claim, whether it is true."""

from collections.abc import Iterable, Sequence

from benchmarks.gpu.watch import Outcome

NOT_HERE = "not measured on a CPU"
MOST = 160
"""Longest text of a row, in characters."""

Row = tuple[str, str, str]
"""yes, NO or how the part ended; name of the part; the claim with its number and goal."""


def summary(outcomes: Iterable[Outcome]) -> list[Row]:
    """Return a row for every claim, and one for each part that has no claim or did not finish."""
    rows = []
    for outcome in outcomes:
        name, claims = outcome.part.name, [line for line in outcome.lines if "claim" in line]
        rows += [
            (word(one["holds"]), name, f"{one['claim']}: {one['number']} ({one['goal']})"[:MOST]) for one in claims
        ]
        if outcome.state != "done" or not claims:
            ended, _, details = outcome.state.partition(": ")
            rows.append((ended, name, (details or outcome.part.what)[:MOST]))
    return rows


def word(holds: bool | str | None) -> str:
    """Return yes, NO, or why there is no answer."""
    if isinstance(holds, str):
        return holds
    return NOT_HERE if holds is None else "yes" if holds else "NO"


def as_text(rows: Sequence[Row]) -> str:
    """Return the rows as an aligned text with a header."""
    header = ("holds", "part", "what: number (goal)")
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(2)]
    return "\n".join(f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() for row in (header, *rows))
