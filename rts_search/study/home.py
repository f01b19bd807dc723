"""Which results folder is a sweep's own: the one that holds what it has trained, whatever the folder's path."""

import json
from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import make_url

from rts_search.basics.errors import UserError
from rts_search.basics.files import write_result
from rts_search.basics.results_folder import Results, SweepPaths
from rts_search.study.study import SweepStudy
from trainables.core.history.store import Store

STUDY = "study"
"""Name of the study's identity in environment.json."""


def require_home(study: SweepStudy, results: Results, storage_url: str) -> None:
    """Refuse a results folder that does not hold what the sweep has trained: it would be trained again.

    Raises:
        UserError: the folder is not the sweep's.
    """
    if _holds_database(results, storage_url):
        return
    paths = results.sweep(study.name)
    found = _marked(paths)
    if found == study.identity or (found is None and _can_be_home(study, results, paths)):
        return
    lacks = "holds nothing of it" if found is None else "holds another sweep of this name"
    if study.results in (None, str(results.folder)):
        rule = f"must be the folder that holds what {study.name} has trained, but {results.folder} {lacks}"
    else:
        rule = f"must be {study.results}, where {study.name} was launched, but got {results.folder}, which {lacks}"
    raise UserError(
        f"--results: {rule}; name the folder, wherever it is now, or make a new folder {paths.folder} to go on without"
    )


def require_free(name: str, results: Results) -> None:
    """Refuse to launch a sweep into the folder of another one of its name. Raises: UserError."""
    paths = results.sweep(name)
    if _marked(paths) is not None:
        raise UserError(
            f"{paths.folder}: holds the results of another sweep of this name; choose another --name or --results, or "
            "move that folder away"
        )


def settle(study: SweepStudy, results: Results) -> None:
    """Write down that a sweep is driven in this folder now: in its environment.json, and in a study elsewhere."""
    paths = results.sweep(study.name)
    facts = _environment(paths)
    if facts is not None and facts.get(STUDY) != study.identity:
        write_result(paths.environment, json.dumps({**facts, STUDY: study.identity}, indent=2) + "\n")
    if study.results is not None:
        study.settle_in(str(results.folder))


def _holds_database(results: Results, storage_url: str) -> bool:
    """Whether the study's database is a file in the results folder."""
    url = make_url(storage_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return False
    with suppress(OSError):
        return Path(url.database).parent.samefile(results.folder)
    return False


def _marked(paths: SweepPaths) -> str | None:
    """Identity of the study whose sweep the folder holds; None where there is none, or that of an earlier version."""
    facts = _environment(paths)
    return None if facts is None else facts.get(STUDY)


def _environment(paths: SweepPaths) -> dict[str, str] | None:
    try:
        facts = json.loads(paths.environment.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def _can_be_home(study: SweepStudy, results: Results, paths: SweepPaths) -> bool:
    """Whether a folder without a mark is the sweep's: of an earlier version, moved or not, or a new one by wish."""
    if not paths.sweep_file.exists():
        return paths.folder.is_dir()
    if study.results in (None, str(results.folder)):
        return True
    store = Store(results.store_url)
    return any(store.epoch(first.key, first.provenance) for entry in study.trials() for first in entry.epochs[:1])
