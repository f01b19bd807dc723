"""Run docs/notebook.ipynb and save it with its outputs: python scripts/notebook.py.

It runs in an empty folder, one trial after another without Ray, so that the trials are the same each time. Figures are
saved as PNGs, which needs Chromium. Nothing of the machine is saved: no paths, no times of the cells.
"""

import argparse
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import environ
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"
INLINE = {"RTS_SEARCH_EXECUTOR": "inline"}
TIMEOUT_SECONDS = 240
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(folder: Path, variables: Mapping[str, str]) -> Any:
    """The notebook with the outputs of today's code.

    Args:
        folder: an empty folder in which it runs.
        variables: environment variables of its kernel, besides those of this process.
    """
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    with _environment({**INLINE, **variables}):
        NotebookClient(notebook, timeout=TIMEOUT_SECONDS, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def cleaned(notebook: Any, folder: Path) -> Any:
    """The notebook without what only this run has: its folder, times of cells, ids of outputs, versions of Python."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({name: cell.metadata[name] for name in cell.metadata if name == "tags"})
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if _seen(output)]
        for output in cell.get("outputs", ()):
            output.pop("transient", None)
            for kind, text in output.get("data", {}).items():
                if kind.startswith("text/"):
                    output["data"][kind] = _without(text, folder)
            if "text" in output:
                output["text"] = _without(output["text"], folder)
    return notebook


def _seen(output: Any) -> bool:
    """Whether an output shows something: the bar of what was waited for is empty in the end."""
    return output.output_type != "display_data" or any(output.data.values())


def _without(text: str, folder: Path) -> str:
    return re.sub(rf"{re.escape(str(folder))}/?", "", text)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Inside the `with` block, this process has these variables, which a kernel inherits."""
    before = {name: environ.get(name) for name in variables}
    environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del environ[name]
            else:
                environ[name] = value


def main() -> None:
    """Run it and save it."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        notebook = cleaned(executed(folder, {"PLOTLY_RENDERER": "png"}), folder)
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
