"""The numbers of a figure as a table, for readers who draw them themselves."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = ("series", "x_axis", "x", "y_axis", "y", "low", "high", "z", "trials")
"""Name of the line or of the marker's kind; title and value of both axes; ends of an interval or a standard deviation
around the value that has it; value of a map; trials in one marker. A marker of several trials that lie beyond the axis
has the value of the best of them."""


def numbers(figure: Mapping[str, Any]) -> str:
    """The plotted numbers as CSV, one row for each point, also of points that lie beyond the axes.

    Args:
        figure: as `Figure.to_dict` gives it.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for trace in figure["data"]:
        titles = {f"{side}_axis": _title(figure["layout"], trace, side) for side in "xy"}
        for row in _map(trace) if "z" in trace else _points(trace):
            writer.writerow({**titles, **row})
    return text.getvalue()


def _title(layout: Mapping[str, Any], trace: Mapping[str, Any], side: str) -> str:
    """Title of the axis of a trace; of panels beside each other only the first one has the title of its row."""
    name = trace.get(f"{side}axis", side).replace(side, f"{side}axis")
    title = layout.get(name, {}).get("title", {}).get("text") or layout[f"{side}axis"].get("title", {}).get("text", "")
    return str(title)


def _points(trace: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The points of a trace. None ends a part of a line; `meta` names the parts, and has values beyond the axes."""
    meta = trace.get("meta", {})
    values, counts = meta.get("values", trace["y"]), meta.get("counts")
    names = meta.get("parts", [trace.get("name", "")])
    part = 0
    for place, (x, y) in enumerate(zip(trace["x"], values, strict=True)):
        if x is None:
            part += 1
            continue
        row = {"series": names[min(part, len(names) - 1)], "x": x, "y": y}
        if counts:
            row["trials"] = counts[place]
        yield row | _ends(trace.get("error_x"), place, x)


def _ends(error: Mapping[str, Any] | None, place: int, value: float) -> dict[str, Any]:
    if error is None:
        return {}
    above = error["array"][place]
    below = error.get("arrayminus", error["array"])[place]
    return {"low": value - below, "high": value + above}


def _map(trace: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The points of a map: `z` is the decimal logarithm of what it shows."""
    for y, row in zip(trace["y"], trace["z"], strict=True):
        for x, z in zip(trace["x"], row, strict=True):
            yield {"series": trace.get("name", ""), "x": x, "y": y, "z": "" if z is None else 10**z}
