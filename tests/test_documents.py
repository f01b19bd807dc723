"""What the documents say is so: commands parse, the sweep file is valid, the example runs, links lead somewhere."""

import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import typer

from rts_search.basics.results_folder import Results
from rts_search.cli import app
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.store.test_cleaning import Swept

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "results/README.md")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> Iterator[list[str]]:
    """Every call of rts-search in the README's shell blocks."""
    for block in blocks("sh"):
        for line in block.splitlines():
            for part in re.split(r"&&|;", line.partition(" #")[0]):
                words = shlex.split(part.partition(">")[0])
                if words[:1] == ["rts-search"]:
                    yield words[1:]


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_a_command_of_the_readme_is_one(words: list[str]) -> None:
    group = typer.main.get_command(app)
    command = group.commands[words[0]]  # type: ignore[attr-defined]
    command.make_context(words[0], words[1:])


def test_the_readme_names_every_command() -> None:
    assert {words[0] for words in commands()} == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_sweep_file_of_the_readme_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    for folder in ("train/ant", "train/bee", "test/ant", "test/bee"):
        place = Path("photos", folder)
        place.mkdir(parents=True)
        Image.new("RGB", (32, 32)).save(place / "1.png")
    (sweep,) = blocks("yaml")
    Path("mine.yaml").write_text(sweep)
    loaded = load_sweep("mine.yaml")
    assert (loaded.name, loaded.num_trials, loaded.space.branch_epochs()) == ("mine", 40, {0, 25, 50, 75})


def test_the_optimizer_example_of_the_readme_trains() -> None:
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 2)
    images = torch.randn(64, 2)
    labels = (images[:, 0] > 0).long()
    criterion = torch.nn.functional.cross_entropy
    before = float(criterion(model(images), labels).detach())
    (example,) = [block for block in blocks("python") if "PUGD" in block]
    exec(textwrap.dedent(example), {"model": model, "loader": [(images, labels)] * 20, "criterion": criterion})
    assert float(criterion(model(images), labels).detach()) < before / 2


def test_the_notebook_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("digits")
    for _ in range(study.total):
        swept.train(study, records=True)
    (example,) = [block for block in blocks("python") if "Sweep" in block]
    exec(example, {})


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_link_to_a_file_leads_to_one(document: str) -> None:
    text = (ROOT / document).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert ((ROOT / document).parent / target).exists(), target


def test_every_dependency_is_justified_in_one_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[<>=]", one)[0] for one in wanted if not one.startswith("rts-search[")}
    justified = re.findall(r"^\| (\S+) \| .+ \|$", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.MULTILINE)
    assert names <= set(justified)
    assert len(justified) == len(set(justified))
