"""A sweep on a Ray cluster of two nodes on this machine, joined by address, with logical GPUs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import nn

from tests.rts_search.conftest import CommandLine, workers_of
from tests.rts_search.environment import plain_environment
from tests.rts_search.whole_sweeps.driver import wait_for

NODES = """
import sys
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "num_gpus": 1, "include_dashboard": False})
worker = cluster.add_node(num_cpus=1, num_gpus=1)
cluster.wait_for_nodes()
print(cluster.address, flush=True)
for line in sys.stdin:
    if line.strip() == "add":
        cluster.add_node(num_cpus=1, num_gpus=1)
    elif line.strip() == "remove":
        cluster.remove_node(worker, allow_graceful=False)
        print("removed", flush=True)
    else:
        break
cluster.shutdown()
"""
"""Runs a cluster until its standard input ends. The line `add` adds a node, and `remove` kills one at once."""

SOON_MISSED = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "2",
}
"""Settings of the cluster: a killed node is missed after about a second, not after 15, when the sweep may be over."""

IMPORTABLE = {"PYTHONPATH": str(Path(__file__).parents[3])}

HELD_PASSES = 120
"""Forward passes of the training of a trial before it is held. An epoch has 36 with SGD and 72 with PUGD."""

pytestmark = pytest.mark.ray

HALF_A_GPU = ("--set", "resources.gpus_per_trial=0.5", "--set", "resources.cpus_per_trial=1")
SMALL = ("--set", "training.epochs=4", "--set", "search.trials=3", "--set", "space=radius", "--set", "scheduler=none")
"""PUGD from the first epoch on: the trials share no epochs, so none waits for another."""


class Held(nn.Sequential):
    """A network whose training waits after some steps until a file is there."""

    def __init__(self, release: str, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self._release, self._passes = Path(release), 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The outputs of the layers, at once or late."""
        self._passes += self.training
        while self._passes > HELD_PASSES and not self._release.exists():
            time.sleep(0.02)
        return super().forward(images)


def held(num_classes: int, in_channels: int, image_size: int, release: str) -> nn.Module:
    """The model function of the sweep. `release`: the path of the file."""
    return Held(release, nn.Flatten(), nn.Linear(in_channels * image_size**2, num_classes))


@dataclass(frozen=True)
class TwoNodes:
    """Two nodes of one logical GPU each. The head has room for two trials of half a GPU, others for one."""

    process: subprocess.Popen[str]
    """The process that started the nodes."""
    address: str

    def gain_one(self) -> None:
        """Add a third node."""
        self._ask("add")

    def lose_one(self) -> None:
        """Kill all processes of the second node."""
        self._ask("remove")

    def _ask(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


@pytest.fixture(scope="module")
def cluster() -> Iterator[TwoNodes]:
    """One cluster for all tests. The last one loses a node."""
    process = subprocess.Popen(
        [sys.executable, "-c", NODES],
        env=plain_environment() | SOON_MISSED | IMPORTABLE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield TwoNodes(process, process.stdout.readline().strip())
    process.communicate("end\n", timeout=60)


@pytest.mark.campaign
def test_more_than_any_node_has_is_refused_before_anything_starts(cluster: TwoNodes, ray_cli: CommandLine) -> None:
    line = ray_cli.refused("launch", "digits", "--set", "resources.cpus_per_trial=4", "--address", cluster.address)
    assert "a trial needs 4 CPUs and 0 GPUs on one node, but the largest has 2 CPUs and 1 GPU" in line
    assert not (ray_cli.results / "digits" / "sweep.yaml").exists()
    CommandLine(ray_cli.results).refused("status", "digits")


def test_half_gpus_fill_the_cluster_as_nodes_join_and_a_lost_node_loses_no_trial(
    cluster: TwoNodes, ray_cli: CommandLine, tmp_path: Path
) -> None:
    """The trials are held after their first epochs, so that none ends before the nodes have changed."""
    release = tmp_path / "release"
    model = ("--set", f"model={{name: 'tests.rts_search.running.test_cluster:held', options: {{release: {release}}}}}")
    process = ray_cli.start("launch", "digits", *SMALL, *HALF_A_GPU, *model, "--address", cluster.address, **IMPORTABLE)
    assert process.stdout is not None
    assert process.stdout.readline() == "digits: starting ray, loading the data\n"
    assert "3 at a time on 3 CPUs and 2 GPUs" in process.stdout.readline()
    wait_for(lambda: len(workers_of(cluster.process.pid)) == 3, process)
    wait_for(lambda: len(list((ray_cli.results / "store").rglob("*.epoch"))) >= 3, process)

    cluster.gain_one()
    changed = "digits: the nodes have changed, there are"
    joined = next(line for line in process.stdout if line.startswith(changed))
    assert joined == f"{changed} 3 now: 4 trials at a time on 4 CPUs and 3 GPUs\n"
    wait_for(lambda: len(workers_of(cluster.process.pid)) == 4, process)
    wait_for(lambda: len(list((ray_cli.results / "store").rglob("*.epoch"))) >= 4, process)
    cluster.lose_one()
    release.touch()
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert "its worker was lost; it continues from its last stored state" in out
    assert f"{changed} 2 now: 3 trials at a time on 3 CPUs and 2 GPUs" in out
    assert "raylet" not in out
    assert err == ""
    trials = pd.read_parquet(ray_cli.results / "digits" / "trials.parquet")
    assert list(trials["number"]) == list(range(6))
    assert set(trials["state"]) == {"COMPLETE"}
