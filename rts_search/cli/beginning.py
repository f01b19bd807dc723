"""The command that writes a first sweep file for a folder of images: init."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from rts_search.cli.lines import say


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of images: CLASS/*, or train/CLASS/* with val or test.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write.", show_default="NAME.yaml")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the sweep.", show_default="that of the folder")
    ] = None,
) -> None:
    """Write a commented sweep file for a folder of images."""
    from rts_search.basics.errors import UserError
    from rts_search.basics.files import write_atomically
    from rts_search.operations.begin import name_for, survey, sweep_file
    from rts_search.sweep.sweep_file import check_sweep
    from rts_search.sweep.yaml_reader import parse_yaml

    file = output or Path(f"{name or name_for(folder)}.yaml")
    if file.exists():
        raise UserError(f"{file}: exists already; name another file with --output")
    found = survey(folder)
    text = sweep_file(found, name or name_for(folder), file)
    check_sweep(parse_yaml(text.encode(), str(file)), str(file))  # a --name that no sweep may have is told now
    write_atomically(file, text)
    split = "" if {"val", "test"} & set(found.parts) else "; a fifth of each class becomes the test part"
    say(f"{file}: a sweep for {found.images:,} images in {len(found.classes):,} classes{split}")
    say(f"  look at it, then: rts-search check {shlex.quote(str(file))}")
