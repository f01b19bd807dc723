"""The command that looks at the minima of a sweep: landscape."""

import json
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import (
    Address,
    Executor,
    Json,
    ResultsOption,
    Storage,
    Verbose,
    rivals_in,
    workspace_of,
)
from rts_search.cli.picturing import Png, write_png

if TYPE_CHECKING:
    from rts_search.operations.landscape import Asked


def landscape(
    target: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="A launched sweep, or a config file written by `export`.")
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="sgd,pugd", help="The rivals.", show_default="all baselines; of a lone file none"
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the images and of all random vectors.")] = 0,
    images: Annotated[
        int | None,
        typer.Option("--images", help="Number of images.", show_default="1000, or all where there are fewer"),
    ] = None,
    part: Annotated[str, typer.Option("--part", metavar="train|val", help="Part of the data.")] = "train",
    steps: Annotated[int, typer.Option("--steps", help="Points of the surface in each dimension, an odd number.")] = 25,
    reach: Annotated[float, typer.Option("--range", help="Largest distance, in lengths of the directions.")] = 1.0,
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds", help="Seeds of a confirmation to use at most; 0: the sweep's trials.", show_default="all"
        ),
    ] = None,
    vectors: Annotated[int, typer.Option("--vectors", help="Random vectors for the trace.")] = 20,
    iterations: Annotated[int, typer.Option("--iterations", help="Most steps of the power iteration.")] = 100,
    statistics: Annotated[
        str, typer.Option("--statistics", metavar="kept|recomputed", help="BatchNorm's statistics at other weights.")
    ] = "kept",
    precision: Annotated[
        str, typer.Option("--precision", metavar="float32|float64", help="Of the numbers.")
    ] = "float32",
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, max=10_000, help="CPU threads.", show_default="as the trials of the sweep"),
    ] = None,
    train: Annotated[bool, typer.Option("--train", help="Train weights again that are not in the store.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="HTML file to write.", show_default="landscape.html in the sweep's folder"),
    ] = None,
    png: Png = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = "inline",
    as_json: Json = False,
) -> None:
    """Measure how flat the minima of a sweep are.

    It draws the loss around the weights of the best trial and its rivals, and measures sharpness and curvature.
    """
    say = partial(typer.echo, err=as_json)
    say(f"{target}: measuring its landscape, loading the data")
    asked = _asked(seed, images, part, steps, reach, vectors, iterations, statistics, precision, threads, train)
    if seeds is not None and seeds < 0:
        _refuse("--seeds", "must be >= 0", seeds)
    names = rivals_in(against)
    workspace = workspace_of(results, storage, address, verbose, executor)
    from rts_search.basics.files import require_writable, write_atomically
    from rts_search.basics.signals import Interrupted
    from rts_search.operations.landscape_of_target import landscape_of

    if output is not None:
        require_writable(output)
    try:
        with phase("measuring", lines=False):  # it says in lines how far it is
            name, record, found = landscape_of(target, workspace, names, seeds, asked, say)
    except (Interrupted, KeyboardInterrupt):
        say(f"{target}: stopped; the same command goes on with what is not measured yet")
        raise typer.Exit(INTERRUPTED) from None
    from rts_search.analysis.figures.landscape import drawn
    from rts_search.analysis.landscape.table import markdown, to_dict
    from rts_search.analysis.report.landscape import page

    if as_json:
        typer.echo(json.dumps(to_dict(found)))
    else:
        print_markdown(markdown(found))
    file = output or record.with_suffix(".html")
    write_atomically(file, page(name, found))
    say(f"{file}: landscape of {name}")
    if png is not None:
        write_png(png, f"{name}-landscape", markdown(found), {f"{name}-landscape": drawn(found)}, as_json)


def _asked(
    seed: int,
    images: int | None,
    part: str,
    steps: int,
    reach: float,
    vectors: int,
    iterations: int,
    statistics: str,
    precision: str,
    threads: int | None,
    train: bool,
) -> "Asked":
    """The settings of the options, each checked in their order. Raises: UserError."""
    if not 0 <= seed < 2**63:
        _refuse("--seed", "must be >= 0 and < 2**63", seed)
    if images is not None and images < 2:
        _refuse("--images", "must be >= 2", images)
    if part not in ("train", "val"):
        _refuse("--part", "must be train or val", part)
    if steps < 3 or steps % 2 == 0:
        _refuse("--steps", "must be an odd number >= 3, so that the weights themselves are one of the points", steps)
    if not 0.0 < reach < math.inf:
        _refuse("--range", "must be > 0", reach)
    if vectors < 2:
        _refuse("--vectors", "must be >= 2, so that there is a standard error", vectors)
    if iterations < 1:
        _refuse("--iterations", "must be >= 1", iterations)
    if statistics not in ("kept", "recomputed"):
        _refuse("--statistics", "must be kept or recomputed", statistics)
    if precision not in ("float32", "float64"):
        _refuse("--precision", "must be float32 or float64", precision)
    from rts_search.operations.landscape import Asked
    from trainables.core.landscape.measurements import LandscapeSettings

    measured = LandscapeSettings(seed, steps, reach, vectors=vectors, most_iterations=iterations)
    return Asked(measured, images, "train" if part == "train" else "val", precision, statistics, threads, train)


def _refuse(option: str, rule: str, value: Any) -> None:
    from rts_search.basics.errors import UserError

    raise UserError(f"{option}: {rule}, but got {value!r}")
