"""The page on many tasks shows what the kept ablation says today."""

from pathlib import Path

import pytest

from rts_search.operations.tasks import tasks
from scripts.pictures import ABLATION, COMMANDS, kept_sweep
from tests.docs.documents import blocks, own_commands, text_of

PAGE = "docs/tasks.md"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tasks([ABLATION], kept_sweep(tmp_path_factory.mktemp("kept"), ABLATION)).markdown()


def test_the_answer_on_the_page_is_that_of_the_kept_ablation(told: str) -> None:
    (answer,) = (line for line in told.splitlines() if line.startswith(f"- {ABLATION}: "))
    assert f"{answer.removeprefix('- ')}\n" in blocks(PAGE, "text")


def test_the_table_on_the_page_is_that_of_the_kept_ablation(told: str) -> None:
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    assert rows == [line for line in text_of(PAGE).splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 6


def test_the_commands_on_the_page_are_those_that_made_the_kept_ablation() -> None:
    assert [words for words in own_commands() if words[:2] == ("launch", ABLATION)] == [*COMMANDS[ABLATION]]
    assert Path(PAGE).name == "tasks.md"
