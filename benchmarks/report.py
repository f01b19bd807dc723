"""The output of all measurements: JSON lines with device and versions, and a small table."""

import json
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

import torch


def line(facts: dict[str, Any]) -> None:
    """Print one JSON line."""
    print(json.dumps(facts), flush=True)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, with the first column aligned left and the others right."""
    cells = [header, *rows]
    widths = [max(len(row[index]) for row in cells) for index in range(len(header))]
    for row in (header, ["-" * width for width in widths], *cells[1:]):
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("| " + " | ".join([first.strip().ljust(widths[0]), *rest]) + " |")
    print(flush=True)


def device_facts(device: str, threads: int) -> dict[str, Any]:
    """Return the device and the versions of torch and torchvision."""
    name = torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()} CPU, {threads} threads"
    return {"device": name, "torch": version("torch"), "torchvision": version("torchvision")}
