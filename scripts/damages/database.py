"""Damages of the study database: its file, its rows, its values and its tables."""

import json
import random
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

PAGE = 4096
KINDS = ("bits", "bytes", "page", "short", "value", "value", "likely value", "row lost", "rows swapped", "row twice")
TABLES = ("table dropped", "table emptied")
KNOWN_STATES = ("COMPLETE", "PRUNED", "FAIL", "RUNNING", "WAITING")


def damage(file: Path, chance: random.Random) -> tuple[str, str]:
    """Damage the database file at random. Returns the kind, and what was done."""
    kind = chance.choice((*KINDS, *TABLES) if chance.random() < 0.3 else KINDS)
    if kind in ("bits", "bytes", "page", "short"):
        return kind, _of_file(file, kind, chance)
    with closing(sqlite3.connect(file)) as connection:
        said = _of_rows(connection, kind, chance)
        connection.commit()
    return kind, said


def _of_file(file: Path, kind: str, chance: random.Random) -> str:
    content = bytearray(file.read_bytes())
    if kind == "short":
        length = chance.choice((0, chance.randrange(len(content)), len(content) - PAGE))
        file.write_bytes(content[:length])
        return f"cut to {length} of {len(content)} bytes"
    if kind == "page":
        first = chance.randrange(len(content) // PAGE) * PAGE
        other = chance.randrange(len(content) // PAGE) * PAGE
        how = chance.choice(("zeroed", f"a copy of the one at {other}"))
        content[first : first + PAGE] = bytes(PAGE) if how == "zeroed" else content[other : other + PAGE]
        file.write_bytes(content)
        return f"page at {first} {how}"
    number = 1 if kind == "bits" else chance.randrange(2, 30)
    place = chance.randrange(len(content) - number)
    for at in range(place, place + number):
        content[at] = content[at] ^ (1 << chance.randrange(8)) if kind == "bits" else chance.randrange(256)
    file.write_bytes(content)
    return f"{number} {kind} at {place}"


def _of_rows(connection: sqlite3.Connection, kind: str, chance: random.Random) -> str:
    names = sorted(row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
    if kind in TABLES:
        table = chance.choice(names)
        connection.execute(f"DROP TABLE {table}" if kind == "table dropped" else f"DELETE FROM {table}")
        return f"{kind}: {table}"
    filled = [name for name in names if connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()]
    table = chance.choice([*filled, "trial_user_attributes", "trial_intermediate_values", "trials"])
    rows = connection.execute(f"SELECT rowid, * FROM {table}").fetchall()
    columns = [str(column[1]) for column in connection.execute(f"PRAGMA table_info({table})")]
    row = chance.choice(rows)
    place = f"row {row[0]} of {table}"
    if kind == "row lost":
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", row[:1])
        return f"{place} lost: {str(row)[:90]}"
    if kind == "row twice":
        return _twice(connection, table, columns, row, chance)
    column = chance.choice(columns)
    old = row[1 + columns.index(column)]
    if kind == "rows swapped":
        other = chance.choice(rows)
        values = (other[1 + columns.index(column)], row[0]), (old, other[0])
        with suppress(sqlite3.IntegrityError):  # a column that must be unique stays as it is
            for value in values:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", value)
        return f"{column} of {place} swapped with row {other[0]}: {str(old)[:60]!r}"
    new = _flipped(old, chance) if kind == "value" else _likely(old, column, chance)
    with suppress(sqlite3.IntegrityError):
        connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?", (new, row[0]))
    return f"{column} of {place}: {_difference(old, new)}"


def _twice(
    connection: sqlite3.Connection, table: str, columns: list[str], row: tuple[Any, ...], chance: random.Random
) -> str:
    """Add a copy of a row under another first column, and where that must be unique with another text or number."""
    values = list(row[1:])
    values[0] = 90_000 + chance.randrange(1000) if isinstance(values[0], int) else f"{values[0]}x"
    marks = ", ".join("?" * len(values))
    for change in (None, *range(1, len(values))):
        changed = list(values)
        if change is not None:
            changed[change] = _likely(values[change], columns[change], chance)
        try:
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", changed)
        except sqlite3.IntegrityError:
            continue
        return f"row {row[0]} of {table} twice: {str(changed)[:90]}"
    return f"nothing: row {row[0]} of {table} must be unique"


def _flipped(value: Any, chance: random.Random) -> Any:
    """A value with one bit flipped."""
    if isinstance(value, str) and value:
        content = bytearray(value.encode())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(7)
        return content.decode(errors="replace")
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(4))
    return -value if isinstance(value, float) else value


def _likely(value: Any, column: str, chance: random.Random) -> Any:
    """Another value that a program could have written."""
    if column == "state":
        return chance.choice([state for state in KNOWN_STATES if state != value])
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 2))
    if isinstance(value, float):
        return chance.choice((value + 0.001, 0.5, 1.0, 0.0))
    if isinstance(value, str):
        try:
            return json.dumps(_changed(json.loads(value), chance))
        except ValueError:
            return value + chance.choice(("x", ":confirm", " "))
    return chance.choice((0, 1, "x"))


def _changed(value: Any, chance: random.Random) -> Any:
    """Plain values with one of them changed."""
    if isinstance(value, dict) and value:
        name = chance.choice(sorted(value))
        if chance.random() < 0.2:
            return {key: inner for key, inner in value.items() if key != name}
        return {**value, name: _changed(value[name], chance)}
    if isinstance(value, list) and value:
        place = chance.randrange(len(value))
        return [*value[:place], _changed(value[place], chance), *value[place + 1 :]]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + chance.choice((1, -1, 0.01))
    if isinstance(value, str):
        return value[:-1] if value else "x"
    return 1


def _difference(old: Any, new: Any) -> str:
    """What was changed, from just before the first difference on."""
    before, after = str(old), str(new)
    first = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    begin = max(0, first - 12)
    return f"{before[begin : begin + 45]!r} is {after[begin : begin + 45]!r}"
