"""What holds, row by row."""

from collections.abc import Iterable, Sequence

from benchmarks.gpu.watch import Outcome

NOT_HERE = "not measured on a CPU"
MOST = 160
"""Characters of what a row says."""

Row = tuple[str, str, str]
"""Whether it holds, or how the part ended; the part; what it is about, with number and goal."""


def summary(outcomes: Iterable[Outcome]) -> list[Row]:
    """A row for every claim, and one for a part that has none or was not done to its end."""
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
    """Whether it holds."""
    if isinstance(holds, str):
        return holds
    return NOT_HERE if holds is None else "yes" if holds else "NO"


def as_text(rows: Sequence[Row]) -> str:
    """One line each."""
    header = ("holds", "part", "what: number (goal)")
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(2)]
    return "\n".join(f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() for row in (header, *rows))
