"""Which trials the leaderboard of a page shows, and in which order."""

import re
from dataclasses import dataclass
from typing import Any

from rts_search.analysis.report.board import PLACE, STATES, VALUE, Board, setting, written
from rts_search.server.pages.query import PageQuery, Shown
from rts_search.study.trials import TrialEntry

ROWS = 50
"""Trials of one page."""
CHOICES = {"": "ranked", **{state: words for state, words in STATES.items() if state != "COMPLETE"}, "ALL": "all"}
"""Value of the parameter `state` -> the words of the choice."""
CONDITION = re.compile(r"([A-Za-z_][\w.]*)(>=|<=|=|>|<)(.+)")


@dataclass(frozen=True)
class BoardQuery(PageQuery):
    """The query string of a sweep's page."""

    state: str = ""
    """One of CHOICES."""
    arm: str = ""
    """Trials of this arm alone."""


def found(board: Board, query: BoardQuery) -> Shown:
    """The trials of one page."""
    entries = board.ranking if query.state == "" else _by_place(board)
    if query.state in STATES:
        entries = [entry for entry in entries if entry.state == query.state]
    if query.arm:
        entries = [entry for entry in entries if entry.arm == query.arm]
    for word in query.words.split():
        entries = [entry for entry in entries if _fits(entry, word, board)]
    if query.sort:
        entries = query.sorted(entries, lambda entry: _value(entry, query.sort, board))
    return Shown.of(entries, query.page, ROWS)


def unknown_columns(board: Board, query: BoardQuery) -> list[str]:
    """The names in the conditions of a search that no column has."""
    conditions = filter(None, map(CONDITION.fullmatch, query.words.split()))
    return [one.group(1) for one in conditions if _column(one.group(1), board) is None]


def _column(name: str, board: Board) -> str | None:
    """The column that a name means, or its end where it means only one: lr for training.lr. None: there is none."""
    objective = board.sweep.objective
    known = (PLACE, "trial", "epochs", "cost", VALUE, objective.metric, objective.measure.test, *board.columns)
    if name in known:
        return name
    ends = [one for one in board.columns if one.endswith(f".{name}")]
    return ends[0] if len(ends) == 1 else None


def _by_place(board: Board) -> list[TrialEntry]:
    """All trials: those with a place first, the others by number."""
    ranked = board.places
    return [*board.ranking, *(entry for entry in board.entries if entry.number not in ranked)]


def _value(entry: TrialEntry, key: str, board: Board) -> Any:
    """The value by which a trial is sorted or compared; None for one that the trial does not have."""
    objective = board.sweep.objective
    own = {PLACE: board.places.get(entry.number), "trial": entry.number, "epochs": len(entry.epochs)}
    if key in own:
        return own[key]
    if key in (VALUE, objective.metric):
        return entry.value(objective)
    if key == objective.measure.test:
        return board.test(entry)
    return entry.cost if key == "cost" else setting(entry, key)


def _fits(entry: TrialEntry, word: str, board: Board) -> bool:
    """Whether a trial fits a word: its number, a condition such as `radius.beta_max>1`, or a part of its text."""
    if word.isascii() and word.isdigit():
        return entry.number == int(word)
    condition = CONDITION.fullmatch(word)
    if condition is None:
        told = " ".join([entry.arm, entry.reason, *(written(setting(entry, name)) for name in board.columns)])
        return word.casefold() in told.casefold()
    name, sign, wanted = condition.groups()
    column = _column(name, board)
    value = None if column is None else _value(entry, column, board)
    if value is None:
        return False
    try:
        number, other = float(value), _number(wanted, column, board)
    except (TypeError, ValueError):
        return sign == "=" and written(value).casefold() == wanted.casefold()
    same = number == other or written(value) == wanted
    return {"=": same, ">": number > other, "<": number < other, ">=": same or number > other}.get(
        sign, same or number < other
    )


def _number(wanted: str, column: str | None, board: Board) -> float:
    """A number of a condition. Shares may be written as the table shows them: 97.5 or 97.5% for 0.975."""
    objective = board.sweep.objective
    number = float(wanted.removesuffix("%"))
    is_share = objective.measure.is_share and column in (VALUE, objective.metric, objective.measure.test)
    return number / 100 if is_share and (wanted.endswith("%") or number > 1) else number
