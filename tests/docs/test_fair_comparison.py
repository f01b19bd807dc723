"""The page on a fair comparison shows the kept sweep as today's code tells it, and the sweep file as it is shipped."""

from pathlib import Path

import pytest
import yaml

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.analysis.effort.curves import effort_curves
from rts_search.analysis.tables import Tables
from rts_search.study.workspace import Workspace
from rts_search.sweep.sweep_file import check_sweep, load_sweep
from scripts.pictures import FAIR, OF_PHOTOGRAPHS, PHOTOGRAPHS, kept_sweep
from tests.docs.documents import blocks, own_commands, text_of

PAGE = "docs/fair_comparison.md"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return kept_sweep(tmp_path_factory.mktemp("kept"), FAIR)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return kept_sweep(tmp_path_factory.mktemp("photographs"), PHOTOGRAPHS)


def test_its_verdicts_are_those_of_the_kept_sweeps(workspace: Workspace, photographs: Workspace) -> None:
    for name, where in ((FAIR, workspace), (PHOTOGRAPHS, photographs)):
        study = where.load(name)
        verdict = read_verdict(study, study.trials(), where.storage_url).verdict
        assert verdict is not None
        assert f"{verdict['sentence']}\n" in blocks(PAGE, "text")


def test_its_arms_are_those_of_the_kept_sweeps(workspace: Workspace, photographs: Workspace, tmp_path: Path) -> None:
    told = ""
    for name, where in ((FAIR, workspace), (PHOTOGRAPHS, photographs)):
        told += Tables(where.load(name), f"{tmp_path / 'store'}").markdown().partition("## Arms")[2]
    assert [line for line in told.splitlines() if line.startswith("| ")] == [
        line for line in text_of(PAGE).splitlines() if line.startswith("| ")
    ]


def test_the_command_for_the_photographs_is_the_one_that_made_the_kept_sweep() -> None:
    assert [words for words in own_commands() if PHOTOGRAPHS in words] == [OF_PHOTOGRAPHS]


def test_its_sweep_file_is_the_shipped_one() -> None:
    shown = check_sweep(yaml.safe_load(blocks(PAGE, "yaml")[0]), FAIR)
    shipped = load_sweep(FAIR)
    assert shown.model_copy(update={"store": shipped.store}) == shipped


def test_the_trials_after_which_each_arm_has_its_best_are_those_of_the_kept_sweep(workspace: Workspace) -> None:
    study = workspace.load(FAIR)
    curves = {curve.arm: curve.points for curve in effort_curves(study.sweep, study.trials())}
    first = {arm: next(at.trials for at in points if at.best == points[-1].best) for arm, points in curves.items()}
    assert first == {"rts": 5, "sgd": 5, "pugd": 7, "sam": 13}
    told = " ".join(text_of("docs/tuning_effort.md").split())
    assert "RTS and SGD are there after 5 trials, PUGD after 7, and SAM after 13" in told
