"""Find the Ray cluster that --address names and ask it, within half a minute, whether this process can join it.

A separate process asks. Ray's own code waits for many minutes for an answer, prints its log, and may end its process.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.running.executors.ray_internals.clusters import IMPATIENT, look_at_clusters
from trainables.core.settings.section import first_line

LOCAL = "local"
AUTO = "auto"
CONNECT_SECONDS = 5.0
"""Longest wait until a process takes a connection at an address."""
ANSWER_SECONDS = 24.0
"""Longest wait for the answer to all questions, with the start of the process that asks."""
LOOK = f"import sys; from {look_at_clusters.__module__} import look_at_clusters; look_at_clusters(sys.argv[1:])"
"""The program of the process that asks."""
TOKEN_MODE = {"RAY_AUTH_MODE": "token"}


def found_cluster(address: str) -> tuple[str, dict[str, str]]:
    """The address `host:port` of the cluster to join, and the environment variables that Ray needs to join it.

    `auto` is the cluster that `ray start` has made on this machine, or that a node on this machine belongs to, never
    the Ray of another program's `ray.init()`, since that ends with its program.

    Raises:
        UserError: there is none, or it cannot be joined.
    """
    if address.startswith("ray://"):
        raise UserError(
            f"--address: must not be the address of a Ray client, but got {address!r}; "
            "run the command on a node of the cluster, with --address auto"
        )
    named = os.environ.get("RAY_ADDRESS", "") if address == AUTO else address
    if named and named != AUTO:
        _require_listener(named)
        return named, _joined(named, _answer([named])[named], asked_for=address)
    answers = _answer([])
    found = [one for one, answer in answers.items() if answer.get("own_program") is False or "refused" in answer]
    clusters = [one for one in found if "refused" not in answers[one]] or found
    if len(clusters) > 1:
        raise UserError(f"--address: must name one of the clusters on this machine: {', '.join(sorted(clusters))}")
    if not clusters:
        others = "; the Ray of another running program is not joined" if answers else ""
        raise not_joined(address, f"no node of a cluster runs on this machine{others}")
    return clusters[0], _joined(clusters[0], answers[clusters[0]], asked_for=address)


def not_joined(address: str, cause: str) -> UserError:
    """The error for an address that cannot be used."""
    return UserError(
        f"--address: must be a running Ray cluster, but got {address!r}: {cause}; "
        "start one with `ray start --head`, or leave --address and RAY_ADDRESS out to run on this machine"
    )


def _require_listener(address: str) -> None:
    """Check that a process listens at `host:port`. Raises: UserError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise not_joined(address, "an address is auto, or HOST:PORT")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise not_joined(address, first_line(error)) from error


def _answer(addresses: list[str]) -> dict[str, dict[str, Any]]:
    """What the clusters at these addresses say; without addresses, all those that have a node on this machine.

    See `look_at_clusters`. An address without an entry in Ray's answer has given none.
    """
    command = [sys.executable, "-P", "-c", LOOK, *addresses]
    environment = {**os.environ, **IMPATIENT}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=ANSWER_SECONDS)
        lines = done.stdout.splitlines()
    except subprocess.TimeoutExpired as slow:
        lines = (slow.stdout or b"").decode(errors="replace").splitlines()
    answers = {one: {"refused": "no Ray answers there"} for one in addresses}
    for line in lines:
        if line.startswith("{"):
            answers |= json.loads(line)
    return answers


def _joined(address: str, answer: Mapping[str, Any], asked_for: str) -> dict[str, str]:
    """The variables with which Ray joins a cluster that has given this answer. Raises: UserError."""
    if answer.get("refused") == "token":
        raise UserError(
            f"--address: the cluster at {address} asks for a token: set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN_PATH "
            "to the file with its token if this is not ~/.ray/auth_token"
        )
    if "refused" in answer:
        raise not_joined(asked_for, answer["refused"])
    return TOKEN_MODE if answer["token"] else {}
