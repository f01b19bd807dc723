"""A database that has lost tables: Optuna would make them anew, without what they held, and say nothing."""

from collections.abc import Collection, Container

from rts_search.basics.errors import UserError
from rts_search.study.optuna_internals import TABLES


def missing_tables(there: Container[str]) -> list[str]:
    """The tables of Optuna that are not among those that are there, sorted."""
    return sorted(name for name in TABLES if name not in there)


def lacking(database: str, missing: Collection[str]) -> UserError:
    """The error of a database that was made before and lacks some of its tables."""
    what = f"table{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    return UserError(
        f"{database}: the study database lacks its {what}, and nothing was written: restore it from a copy, or name "
        "another with --storage"
    )
