"""What a page shows, as its query string says: which rows, in which order. A link with it shows the same again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

Row = TypeVar("Row")
MOST_LETTERS = 200
"""Longer texts in a query string are cut."""


@dataclass(frozen=True)
class PageQuery:
    """The order and the page; subclasses add what the rows are chosen by. A value that equals its default is left
    out of links."""

    words: str = ""
    """What the user looks for."""
    sort: str = ""
    """Key of the column by which the rows are sorted; empty for the usual order."""
    falling: str = ""
    """`yes`: the largest first."""
    page: int = 1
    """Counted from 1."""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """Read a query string. Parameters that are not known are ignored."""
        known: dict[str, Any] = {
            one.name: parameters[one.name][:MOST_LETTERS] for one in fields(cls) if one.name in parameters
        }
        number = known.pop("page", "1")
        return cls(**known, page=int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1)

    def link(self, **changes: Any) -> str:
        """The query string with some changes; it begins at the first page unless `page` is among them."""
        changed = asdict(replace(self, **{"page": 1, **changes}))
        usual = asdict(type(self)())
        return "?" + urlencode({name: value for name, value in changed.items() if value != usual[name]})

    def sorted_by(self, key: str, falls_first: bool = False) -> str:
        """The link of a column's head: the order by this column, or the other way round if it is the order now."""
        falling = not self.falling if self.sort == key else falls_first
        return self.link(sort=key, falling="yes" if falling else "")

    def order(self, key: str) -> str:
        """The order by a column as `aria-sort` says it."""
        return "none" if self.sort != key else "descending" if self.falling else "ascending"

    def sorted(self, rows: Iterable[Row], value: Callable[[Row], Any]) -> list[Row]:
        """The rows by a value; those without one, None, are the last. Numbers come before texts."""
        valued = [(value(row), row) for row in rows]
        known = sorted(
            ((_comparable(own), row) for own, row in valued if own is not None),
            key=lambda pair: pair[0],
            reverse=bool(self.falling),
        )
        return [row for _, row in known] + [row for own, row in valued if own is None]


def _comparable(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value).casefold()


@dataclass(frozen=True)
class Shown:
    """One page of rows."""

    rows: list[Any]
    total: int
    """Rows of all pages."""
    page: int
    pages: int

    @classmethod
    def of(cls, rows: list[Any], page: int, size: int) -> Self:
        """The page of this number, or the last one where there are fewer. `size`: rows of a page."""
        pages = max(1, -(-len(rows) // size))
        now = min(max(1, page), pages)
        return cls(rows[(now - 1) * size : now * size], len(rows), now, pages)
