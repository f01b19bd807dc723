"""An address where no Ray cluster is, or one that cannot be joined, is refused in one line and in half a minute."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.running.executors.ray_address import ANSWER_SECONDS, CONNECT_SECONDS, LOOK, found_cluster
from rts_search.running.executors.ray_internals.clusters import IMPATIENT
from tests.rts_search.environment import plain_environment


def refusal(address: str) -> str:
    with pytest.raises(UserError) as refused:
        found_cluster(address)
    (line,) = str(refused.value).splitlines()
    return line


@pytest.mark.parametrize("address", ["nonsense", "host:", ":6379", "127.0.0.1:port"])
def test_an_address_is_auto_or_host_and_port(address: str) -> None:
    assert f"but got {address!r}: an address is auto, or HOST:PORT; start one" in refusal(address)


def test_a_name_that_nobody_knows_and_a_port_where_nobody_listens_are_refused() -> None:
    assert "but got 'no.such.invalid:6379': " in refusal("no.such.invalid:6379")
    assert "but got '[::1]:1': " in refusal("[::1]:1")
    assert "but got '127.0.0.1:99999': " in refusal("127.0.0.1:99999")
    assert "must not be the address of a Ray client" in refusal("ray://127.0.0.1:10001")


@pytest.mark.slow
def test_a_listener_that_never_speaks_is_refused_in_half_a_minute(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sum(map(int, IMPATIENT.values())) < ANSWER_SECONDS
    assert CONNECT_SECONDS + ANSWER_SECONDS < 30
    monkeypatch.setitem(IMPATIENT, "RAY_py_gcs_connect_timeout_s", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert f"but got {address!r}: no Ray answers there; start one with `ray start --head`" in refusal(address)
    assert capfd.readouterr() == ("", "")


OWN_RAY = """
import sys
import ray
from ray._raylet import GcsClient
started = ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
address = started.address_info["gcs_address"]
print(address, flush=True)
sys.stdin.readline()
other = b'{"ray_version": "2.50.0", "python_version": "3.9.1", "ray_init_cluster": true}'
GcsClient(address).internal_kv_put(b"CLUSTER_METADATA", other, True, b"cluster")
print("is another version", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a token."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("RAY_AUTH") or name == "RAY_ADDRESS"]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def other_ray(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that has called `ray.init()`, whose token is in this home."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_RAY],
        env={**plain_environment(), "HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield process
    process.communicate("\n\n", timeout=60)


@pytest.mark.ray
def test_a_ray_is_joined_by_its_address_with_its_token_and_version_and_never_by_auto(
    other_ray: subprocess.Popen[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert other_ray.stdin is not None
    assert other_ray.stdout is not None
    address = other_ray.stdout.readline().strip()
    assert (home / ".ray" / "auth_token").exists()
    assert refusal(address).startswith(f"--address: the cluster at {address} asks for a token: set RAY_AUTH_MODE=token")
    answer = subprocess.run(
        [sys.executable, "-P", "-c", LOOK], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert f'{{"{address}": {{"token": true, "own_program": true}}}}' in answer.splitlines()

    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    assert found_cluster(address) == (address, {"RAY_AUTH_MODE": "token"})
    other_ray.stdin.write("\n")
    other_ray.stdin.flush()
    assert other_ray.stdout.readline() == "is another version\n"
    assert "it runs Ray 2.50.0 on Python 3.9.1, but this is Ray 2.60" in refusal(address)
