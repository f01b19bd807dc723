"""The API does what its OpenAPI document says, whatever it is sent."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from tests.rts_search.postgresql_server import free_port
from tests.rts_search.server.held import FINISHED, Held, hold

EXAMPLES = 20
SETTINGS = """
[generation]
deterministic = true
[phases.stateful]
enabled = false
[checks.positive_data_acceptance]
# What is well-formed is refused for good reasons: no such sweep, one that has finished, a file that is no sweep's.
enabled = false
"""
OF_THE_SWEEP = f"""
[parameters]
"path.name" = "{FINISHED}"
"path.number" = 0
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder = tmp_path_factory.mktemp("service")
    return hold(folder / "results", folder)


@pytest.fixture(scope="module")
def url(held: Held) -> Iterator[str]:
    """Where it listens; without its lifespan nobody takes anything from the queue."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(held.app, port=port, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize(
    ("settings", "kept"),
    [("", ()), (OF_THE_SWEEP, ("--include-path-regex=/sweeps/.name", "--exclude-method=DELETE"))],
    ids=["any sweep", "a finished sweep"],
)
def test_whatever_is_asked_is_answered_as_documented(
    held: Held, url: str, settings: str, kept: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "schemathesis.toml"
    file.write_text(SETTINGS + settings)
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(file), "run", *kept]
    command += ["--exclude-path-regex=/events$"]  # the streams never end; test_events listens to them
    command += [f"--max-examples={EXAMPLES}", f"--header=Authorization: Bearer {held.tokens['root']}"]
    done = subprocess.run([*command, f"{url}/api/openapi.json"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
