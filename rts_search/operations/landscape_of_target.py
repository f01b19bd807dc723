"""The landscape of a sweep by its name, or of an exported config by its file."""

from collections.abc import Sequence
from pathlib import Path

from rts_search.basics.cpus import usable_cpus
from rts_search.operations.data_check import require_unchanged
from rts_search.operations.landscape import Asked, Place, Say, given_of, landscape
from rts_search.operations.landscape_of_config import runs_of_config, sweep_of
from rts_search.operations.landscape_runs import runs_of_sweep
from rts_search.running.sweep_run import share_of
from rts_search.study.landscape_record import Landscape
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace

ENDINGS = (".yaml", ".yml", ".json")


def landscape_of(
    target: str, workspace: Workspace, against: Sequence[str] | None, seeds: int | None, asked: Asked, say: Say
) -> tuple[str, Path, Landscape]:
    """Measure the landscape of a sweep, or of a config.

    A config that was exported from a sweep of this workspace stands for its trial there.

    Returns its name, the file of the record, and the landscape.

    Raises:
        UserError: see `landscape`, `runs_of_sweep` and `runs_of_config`.
    """
    if target.endswith(ENDINGS) or Path(target).is_file():
        found = sweep_of(Path(target), workspace)
        if found is None:
            return _of_config(Path(target), workspace, against, asked, say)
        say(f"{target}: trial {found[1]} of {found[0].name}")
        return _of_sweep(found[0], workspace, against, seeds, found[1], asked, say)
    return _of_sweep(workspace.load(target), workspace, against, seeds, None, asked, say)


def _of_sweep(
    study: SweepStudy,
    workspace: Workspace,
    against: Sequence[str] | None,
    seeds: int | None,
    best: int | None,
    asked: Asked,
    say: Say,
) -> tuple[str, Path, Landscape]:
    workspace.results.require_space(study.name)
    data = study.data
    counts = {"train": data.train_images, "val": data.val_images}
    record = workspace.results.sweep(study.name).landscape_json
    place = Place(study.name, record, counts, data.fingerprint, share_of(study.sweep.resources))
    given_of(asked, place)
    chosen = runs_of_sweep(study, workspace, against, seeds, best)
    require_unchanged(study)
    return study.name, record, landscape(place, chosen, asked, workspace, say)


def _of_config(
    file: Path, workspace: Workspace, against: Sequence[str] | None, asked: Asked, say: Say
) -> tuple[str, Path, Landscape]:
    workspace.results.require_space()
    threads = asked.threads or usable_cpus()
    chosen, data = runs_of_config(file, workspace, against, asked.trains, say, threads)
    gpu = {"GPU": 1.0} if chosen[0].order["gpu"] else {}
    counts = {"train": len(data.train.labels), "val": len(data.val.labels)}
    record = file.with_name(f"{file.stem}.landscape.json")
    place = Place(str(file), record, counts, data.fingerprint, {"CPU": float(threads), **gpu})
    return file.stem, record, landscape(place, chosen, asked, workspace, say)
