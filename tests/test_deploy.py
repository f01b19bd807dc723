"""What stands in deploy/ names commands, extras and mounts that there are, and holds no secret."""

import re
import shlex
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
import yaml

from rts_search.cli import app

DEPLOY = Path(__file__).parents[1] / "deploy"
PROJECT = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())["project"]


def require_commands(text: str) -> int:
    """Insist that every call of rts-search in a text is one; how many there are."""
    calls = re.findall(r"rts-search (?:launch|resume|serve)[^'|&\n]*", text)
    for call in calls:
        _, name, *words = shlex.split(call)
        group: Any = typer.main.get_command(app)
        group.commands[name].make_context(name, list(words))
    return len(calls)


def test_every_command_is_one() -> None:
    assert require_commands((DEPLOY / "rayjob.yaml").read_text()) == 2
    assert require_commands((DEPLOY / "cluster.yaml").read_text()) == 1
    assert require_commands((DEPLOY / "rts-search.service").read_text()) == 1


def test_the_container_installs_extras_that_there_are_and_serves() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    (extras,) = re.findall(r'"/src\[([a-z,]+)\]"', text)
    assert set(extras.split(",")) <= PROJECT["optional-dependencies"].keys()
    (words,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    name, *arguments = yaml.safe_load(words)
    group: Any = typer.main.get_command(app)
    group.commands[name].make_context(name, arguments)
    copied = {source for line in re.findall(r"^COPY (.*) /src", text, re.MULTILINE) for source in line.split()}
    assert all((DEPLOY.parent / source).exists() for source in copied)


def test_head_and_workers_mount_the_store_at_the_same_place_and_run_this_ray() -> None:
    job, claim = yaml.safe_load_all((DEPLOY / "rayjob.yaml").read_text())
    cluster = job["spec"]["rayClusterSpec"]
    assert cluster["rayVersion"].split(".")[:2] == version("ray").split(".")[:2]
    pods = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    specs = [pod["template"]["spec"] for pod in pods]
    for spec in specs:
        named = {volume["name"] for volume in spec["volumes"]}
        (container,) = spec["containers"]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounts.keys() == named
        assert mounts["store"] == "/results/store"
    assert len({str(next(v for v in spec["volumes"] if v["name"] == "store")) for spec in specs}) == 1
    assert {container["image"].rpartition(":")[2] for spec in specs for container in spec["containers"]} == {
        PROJECT["version"]
    }
    assert specs[0]["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_no_password_is_written_down() -> None:
    (head, *_) = yaml.safe_load_all((DEPLOY / "rayjob.yaml").read_text())
    (variable,) = head["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["containers"][0]["env"]
    assert variable["name"] == "RTS_SEARCH_STORAGE"
    assert "value" not in variable
