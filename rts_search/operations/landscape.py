"""`rts-search landscape`: measure the loss around the weights of the best trial and of its rivals."""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from rts_search.analysis.landscape.table import frame
from rts_search.basics.errors import UserError
from rts_search.basics.files import write_atomically
from rts_search.operations.landscape_runs import ChosenRun
from rts_search.running.executors import make_executor
from rts_search.running.landscape_task import LandscapeTask, cost_of, measure_run, wanted
from rts_search.study.landscape_record import Landscape, LandscapeRecord
from rts_search.study.workspace import Workspace
from trainables.core.landscape.image_loss import Given
from trainables.core.landscape.measurements import LandscapeSettings, foreseen
from trainables.order import TrialOrder

LOOK_SECONDS = 0.2
"""Time between two looks at the progress of the workers."""
IMAGES = 1000
"""Number of images, unless another is asked for or there are fewer."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """What the user asks for."""

    measured: LandscapeSettings
    images: int | None = None
    """Number of images; None: 1,000, or all where there are fewer."""
    part: Literal["train", "val"] = "train"
    precision: str = "float32"
    statistics: str = "kept"
    threads: int | None = None
    """CPU threads of torch; None: as many as a trial of the sweep has."""
    trains: bool = False
    """Whether missing weights are trained anew."""


@dataclass(frozen=True)
class Place:
    """What is measured and where its results go."""

    name: str
    """The sweep or the file, for messages."""
    record: Path
    images: Mapping[str, int] = field(default_factory=dict)
    """Number of images of each part."""
    fingerprint: str = ""
    """Of the data."""
    share: Mapping[str, float] = field(default_factory=dict)
    """Resources of a worker."""


def given_of(asked: Asked, place: Place) -> Given:
    """On which images the loss is computed. Raises: UserError: there are fewer than asked for."""
    there = place.images[asked.part]
    if asked.images is not None and asked.images > there:
        raise UserError(
            f"{place.name}: --images: must be <= {there:,}, the images of the {asked.part} part, but got {asked.images}"
        )
    images = min(IMAGES, there) if asked.images is None else asked.images
    return Given(asked.part, images, asked.measured.seed, asked.precision, asked.statistics)


def landscape(place: Place, chosen: Sequence[ChosenRun], asked: Asked, workspace: Workspace, say: Say) -> Landscape:
    """Measure what is not on record yet, and write landscape.json and landscape.csv.

    Args:
        place: what is measured, and where the results go.
        chosen: the runs.
        asked: the settings.
        workspace: its executor measures, one task for each run.
        say: called with lines on the cost and on the progress.

    Raises:
        UserError: weights are missing, or a measurement failed. What is done is on record.
    """
    given, record = given_of(asked, place), LandscapeRecord(place.record)
    settings = {**asdict(asked.measured), **asdict(given), "data": place.fingerprint}
    settings["radii"] = list(asked.measured.radii)
    runs = [one.run for one in chosen]
    record.take(settings, runs)
    open_runs = [one for one in chosen if set(wanted(one.run)) - one.run.measured.keys()]
    _require_weights(place, open_runs, asked.trains)
    for note in record.begin(settings, runs):
        say(note)
    say(cost_sentence(place, chosen, given, asked))
    if open_runs:
        progress = place.record.with_name(f".{place.record.name}.{uuid.uuid4().hex}.progress")
        tasks = [
            LandscapeTask(
                str(place.record),
                str(progress),
                settings,
                given,
                asked.measured,
                one.run,
                one.order,
                asked.trains,
                asked.threads or TrialOrder.from_dict(dict(one.order)).threads,
                place.fingerprint,
            )
            for one in open_runs
        ]
        _run(place, tasks, progress, workspace, say)
    found = record.read()
    assert found is not None, "it has just been written"
    write_atomically(place.record.with_suffix(".csv"), frame(found).to_csv(index=False, lineterminator="\n"))
    return found


def cost_sentence(place: Place, chosen: Sequence[ChosenRun], given: Given, asked: Asked) -> str:
    """What is measured, and what it costs at most: gradient evaluations of mini-batches of each run's own size."""
    left = {(one.run.identity, name): one for one in chosen for name in wanted(one.run) if name not in one.run.measured}
    total = sum(len(wanted(one.run)) for one in chosen)
    cost = sum(cost_of(name, foreseen(name, asked.measured), given, one.batch_size) for (_, name), one in left.items())
    trained = sum(one.cost for one in chosen if not one.stored and set(wanted(one.run)) - one.run.measured.keys())
    methods = ", ".join(dict.fromkeys(one.run.method for one in chosen))
    seeds = max(sum(one.run.method == other.run.method for one in chosen) for other in chosen)
    what = f"{methods} on {seeds} seed{'s' * (seeds > 1)}, {given.images:,} {given.part} images"
    done = f"{total - len(left)} of {total} measurements are on record, " if len(left) < total else ""
    anew = f", and {trained:,} to train missing weights again" if trained else ""
    return (
        f"{place.name}: {what}: {done}{'the others cost' if done and left else 'costs'} at most {cost:,} gradient "
        f"evaluations{anew}"
    )


def _require_weights(place: Place, chosen: Sequence[ChosenRun], trains: bool) -> None:
    gone = [one for one in chosen if not one.stored]
    if gone and not trains:
        more = f" and of {len(gone) - 1} more" if len(gone) > 1 else ""
        cost = sum(one.cost for one in gone)
        raise UserError(
            f"{place.name}: the weights of {gone[0].run.name} after epoch {gone[0].run.epochs}{more} are not in the "
            f"store any more; add --train, which trains them again for at most {cost:,} gradient evaluations"
        )


def _run(place: Place, tasks: Sequence[LandscapeTask], progress: Path, workspace: Workspace, say: Say) -> None:
    """Carry out the tasks. Raises: UserError: one of them failed."""
    executor = make_executor(workspace)
    with _told(progress, lambda line: say(f"{place.name}: {line}")), executor.started():
        if workspace.executor == "ray":
            say(f"{place.name}: starting Ray")
        results = executor.run(measure_run, tasks, place.share)
        executor.finish()
    failed = [(task, str(error)) for task, error in zip(tasks, results, strict=True) if error]
    if failed:
        task, error = failed[0]
        more = f"; and {len(failed) - 1} more runs" if len(failed) > 1 else ""
        raise UserError(f"{place.name}: {task.run.name}: {error}{more}; what is done is on record")


@contextmanager
def _told(progress: Path, say: Say) -> Iterator[None]:
    """A context in which the lines that workers add to a file are said, a moment after they are written."""
    over = threading.Event()

    def follow() -> None:
        place = 0
        while True:
            last = over.wait(LOOK_SECONDS)
            with progress.open(encoding="utf-8") as file:
                file.seek(place)
                for line in iter(file.readline, ""):
                    say(line.rstrip("\n"))
                place = file.tell()
            if last:
                return

    try:
        progress.touch()
    except OSError as error:
        raise UserError(f"{progress.parent}: must be a folder that can be written, but {error.strerror}") from error
    follower = threading.Thread(target=follow, name="landscape progress")
    follower.start()
    try:
        yield
    finally:
        over.set()
        follower.join()
        with suppress(OSError):
            progress.unlink()
