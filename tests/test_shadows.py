"""Each source file has a test file of its name in the mirrored folder, or a line in `shadows.py`."""

import ast
from pathlib import Path

import pytest

from tests.shadows import COVERED_BY

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("rts_search", "trainables", "search_spaces")


def sources(package: str) -> list[Path]:
    """All files of a package that hold code, relative to the root."""
    files = sorted((ROOT / package).rglob("*.py"))
    return [file.relative_to(ROOT) for file in files if file.name != "__init__.py" or holds_code(file)]


def holds_code(file: Path) -> bool:
    """Whether a file has more than a docstring, imports and `__all__`."""
    return any(
        not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
    )


def shadow(source: Path) -> Path:
    """The test file of a source file: tests/a/test_b.py for a/b.py."""
    return Path("tests", source.with_name(f"test_{source.name}"))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_source_file_has_its_test_file_or_a_suite_that_covers_it(package: str) -> None:
    missing = {str(file): str(shadow(file)) for file in sources(package) if not (ROOT / shadow(file)).is_file()}
    wanted = {file: test for file, test in missing.items() if file not in COVERED_BY}
    assert not wanted, "write these test files, or say in tests/shadows.py which suite covers the source file"


def test_every_line_of_the_list_is_about_a_file_without_its_own_tests() -> None:
    known = {str(file): shadow(file) for package in PACKAGES for file in sources(package)}
    stale = [file for file in COVERED_BY if file not in known or (ROOT / known[file]).is_file()]
    assert not stale, "remove these from tests/shadows.py: the file is gone, or has tests of its own"


def test_every_suite_of_the_list_has_tests() -> None:
    for suite in set(COVERED_BY.values()):
        files = [ROOT / suite] if suite.endswith(".py") else sorted((ROOT / suite).rglob("test_*.py"))
        assert any("\ndef test_" in file.read_text(encoding="utf-8") for file in files), suite
