"""Cases of a cluster: a head and two more nodes on this machine, as raylets of their own."""

import json
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from scripts.killing import figures
from scripts.killing.cases import (
    GONE_SECONDS,
    Case,
    Outcome,
    Reference,
    Sweep,
    complaints,
    recover,
    reference_of,
)
from scripts.killing.moments import Moment, strike
from scripts.killing.processes import COMMAND_SECONDS, Command, Hangs
from scripts.killing.sweeps import KINDS, differing, records, tables

NODES = """
import json, sys
from ray._private import ray_constants
from ray.cluster_utils import Cluster
head = {"num_cpus": 0, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=head)
nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
def tell():
    cluster.wait_for_nodes()
    raylets = [node.all_processes[ray_constants.PROCESS_TYPE_RAYLET][0].process.pid for node in nodes]
    print(json.dumps({"address": cluster.address, "raylets": raylets}), flush=True)
tell()
for line in sys.stdin:
    if line.strip() != "renew":
        break
    for place, node in enumerate(nodes):
        if not all(process.process.poll() is None for process in node.all_processes[ray_constants.PROCESS_TYPE_RAYLET]):
            cluster.remove_node(node, allow_graceful=False)
            nodes[place] = cluster.add_node(num_cpus=1)
    tell()
cluster.shutdown()
"""
"""Runs a cluster until its standard input ends. The line `renew` replaces the nodes that are dead."""

VICTIMS = ("node", "worker", "driver", "SIGTERM")
KIND = next(kind for kind in KINDS if kind.name == "wide")


class Cluster:
    """A cluster of three nodes; the head trains nothing."""

    def __init__(self, folder: Path) -> None:
        self.command = Command([sys.executable, "-c", NODES], folder)
        self._told = 0
        self.raylets: list[int] = []
        self.address = str(self._next()["address"])

    def renew(self) -> None:
        """Replace the nodes that are dead."""
        self._say("renew\n")
        self._next()

    def end(self) -> None:
        """End it. Raises: Hangs."""
        self._say("end\n")
        self.command.wait()
        self.command.close(GONE_SECONDS)

    def kill(self, victim: str, chance: random.Random) -> bool:
        """Kill the raylet of a node, or a worker."""
        if victim == "node":
            return self.command.send(psutil.Process(chance.choice(self.raylets)), signal.SIGKILL)
        found = self.command.others("Trainable")
        return bool(found) and self.command.send(chance.choice(found), signal.SIGKILL)

    def _say(self, line: str) -> None:
        assert self.command.process.stdin is not None
        self.command.process.stdin.write(line.encode())
        self.command.process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        if not self.command.wait_until(lambda: self.command.out.count("\n") > self._told):
            raise Hangs(f"the cluster does not start: {self.command.last_line}")
        facts: dict[str, Any] = json.loads(self.command.out.splitlines()[self._told])
        self._told, self.raylets = self._told + 1, facts["raylets"]
        return facts


def run(folder: Path, number: int, seed: int, only: int | None) -> list[Outcome]:
    """Run the cases, and print each."""
    reference = reference_of(KIND, folder / "reference", confirm=False)
    cluster = Cluster(folder)
    found = []
    try:
        for case_number in range(number) if only is None else (only,):
            chance = random.Random(f"cluster {seed}/{case_number}")
            moment = Moment(chance.uniform(0.0, 0.5), epochs=chance.randint(1, 9))
            case = Case(KIND, "launch", "ray", VICTIMS[case_number % len(VICTIMS)], moment, "ray")
            found.append(Outcome(case.victim))
            _run(case, cluster, chance, reference, folder / str(case_number), found[-1])
            print(figures.line(case_number, seed, f"cluster {case}", found[-1]), flush=True)
            cluster.renew()
    finally:
        cluster.end()
    return found


def _run(
    case: Case, cluster: Cluster, chance: random.Random, reference: Reference, folder: Path, outcome: Outcome
) -> None:
    folder.mkdir(parents=True)
    sweep = Sweep(case.kind, folder, ("--address", cluster.address))
    struck = sweep.start("launch", "ray")
    started = [struck]
    try:
        case.moment.wait(struck, sweep.results)
        known, at = records(sweep.results), time.monotonic()
        of_cluster = case.victim in ("node", "worker")
        outcome.struck = cluster.kill(case.victim, chance) if of_cluster else strike(struck, case.victim)
        outcome.code = struck.wait(COMMAND_SECONDS)
        outcome.end_seconds, outcome.last_line = time.monotonic() - at, struck.last_line
        outcome.wrong += complaints(case, sweep, struck, outcome)
        recover(case, sweep, outcome, started)
        if different := differing(tables(case.kind, sweep.results), dict(reference.launched)):
            outcome.wrong.append(f"differ: {', '.join(different)}")
        now = records(sweep.results)
        outcome.again = sum(now.get(path, 0) != written for path, written in known.items())
    except Hangs as error:
        outcome.wrong.append(str(error))
    for command in started:
        if left := command.close(GONE_SECONDS):
            outcome.wrong.append(f"{len(left)} processes were left: {left[0]}")
    if not outcome.wrong:
        shutil.rmtree(folder)
