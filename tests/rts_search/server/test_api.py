"""The API behaves as its OpenAPI document says, for valid and for invalid requests."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from tests.rts_search.postgresql_server import free_port
from tests.rts_search.server.held import FINISHED, Held

EXAMPLES = 20
SETTINGS = """
[generation]
deterministic = true
[phases.stateful]
enabled = false
[checks.positive_data_acceptance]
# A well-formed request may be refused: there is no such sweep, it has finished, or the body is not a sweep file.
enabled = false
"""
OF_THE_SWEEP = f"""
[parameters]
"path.name" = "{FINISHED}"
"path.number" = 0
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def url(held: Held) -> Iterator[str]:
    """The address of the service. It runs without its lifespan, so that no job is started."""
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
def test_every_request_gets_a_documented_response(
    held: Held, url: str, settings: str, kept: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "schemathesis.toml"
    file.write_text(SETTINGS + settings)
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(file), "run", *kept]
    command += ["--exclude-path-regex=/events$"]  # the streams never end; test_event_stream reads them
    command += [f"--max-examples={EXAMPLES}", f"--header=Authorization: Bearer {held.tokens['root']}"]
    done = subprocess.run([*command, f"{url}/api/openapi.json"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
