"""CONTRIBUTING names floors, files and dependencies that exist."""

import re
import tomllib

import pytest

from tests.docs.documents import ROOT, text_of

ROOMS = ("rts_search", "search_spaces", "trainables", "benchmarks", "tests", "scripts", "results")
WRITTEN_ON_A_GPU = "results/reference/gpu.jsonl"


def test_every_dependency_is_justified_in_one_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[<>=]", one)[0] for one in wanted if not one.startswith("rts-search[")}
    table = text_of("CONTRIBUTING.md").partition("## Why each dependency is here")[2]
    justified = re.findall(r"^\| (\S+) \| .+ \|$", table, flags=re.MULTILINE)
    assert names <= set(justified)
    assert len(justified) == len(set(justified))


def test_every_path_in_contributing_exists() -> None:
    paths = [path for path in re.findall(r"`([\w./]+)`", text_of("CONTRIBUTING.md")) if path.partition("/")[0] in ROOMS]
    assert len(paths) > 20
    there = [path for path in paths for ending in ("", ".py") if (ROOT / f"{path}{ending}").exists()]
    assert set(paths) - set(there) == {WRITTEN_ON_A_GPU}


def test_every_test_file_in_contributing_exists() -> None:
    files = set(re.findall(r"`(test_\w+\.py)`", text_of("CONTRIBUTING.md")))
    assert files <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize(
    ("table", "contract"), [(0, "An import never goes up the floors"), (1, "The floors of rts_search")]
)
def test_the_floors_are_those_of_the_contracts(table: int, contract: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [one["layers"] for one in contracts if one["name"] == contract]
    section = text_of("CONTRIBUTING.md").partition("## The floors\n")[2].partition("\n## ")[0]
    rows = re.findall(r"(?:^\| .+\n)+", section, flags=re.MULTILINE)[2 * table + 1]
    shown = [row.split(" | ")[0].removeprefix("| ") for row in rows.splitlines()]
    assert [row.replace("`", "").replace("/", ".").replace(", ", " | ") for row in shown] == layers
