"""The ready-made sweeps on data in the published form: each is checked, and a small version of it is trained."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rts_search.sweep.sweep_file import shipped_sweeps
from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.small_versions import DATA, WITHOUT_FILES, full_version, lists_of, small_version
from tests.trainables.core.data.conftest import publish  # noqa: F401 -- a fixture

OF_IMAGES = sorted(DATA.keys() - set(WITHOUT_FILES))
"""The sweeps that read images from files; other tests train on digits."""

TRAINED = ("cifar10", "finetune_vit")
"""Those of which a small version is trained in each run of the tests: one with untuned baselines, one with weights."""


def test_there_is_data_for_each_of_them() -> None:
    assert set(shipped_sweeps()) == set(DATA)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_IMAGES)
def test_the_file_as_shipped_passes_check(
    cli: CommandLine,
    tmp_path: Path,
    publish: Callable[[Path], None],  # noqa: F811
    name: str,
) -> None:
    given = full_version(name, tmp_path)
    publish(lists_of(tmp_path))
    assert f"{name}: valid. " in cli.run("check", name, *given).stdout


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.campaign] * (name not in TRAINED)) for name in OF_IMAGES]
)
def test_a_small_version_is_checked_trained_and_reported(
    cli: CommandLine,
    tmp_path: Path,
    publish: Callable[[Path], None],  # noqa: F811
    name: str,
) -> None:
    tuned = name not in ("cifar10", "cifar100")
    given = small_version(name, tmp_path, baselines="[sgd]")
    publish(lists_of(tmp_path))
    told = "2 trials of 2 arms (rts 1, sgd 1)" if tuned else "1 trial and 1 baseline of 2 epochs"
    assert f"{name}: valid. {told}" in cli.run("check", name, *given).stdout
    cli.run("launch", name, *given)
    assert ("| sgd |" if tuned else "(sgd)") in cli.run("table", name).stdout
    cli.run("report", name, "-o", str(tmp_path / "report.html"))
    assert name in (tmp_path / "report.html").read_text()
