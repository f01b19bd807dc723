"""The API behaves as its OpenAPI document says, for valid and for invalid requests."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rts_search.server.held import FINISHED, Held
from tests.rts_search.server.listening import listening

EXAMPLES = [3, pytest.param(20, marks=pytest.mark.campaign)]
"""The most requests of each kind to each address."""
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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def url(held: Held) -> Iterator[str]:
    """The address of the service. It runs without its lifespan, so that no job is started."""
    with listening(held.app, lifespan="off") as address:
        yield address


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize(
    ("settings", "kept"),
    [pytest.param("", (), marks=pytest.mark.campaign), (OF_THE_SWEEP, ("--exclude-method=DELETE",))],
    ids=["any sweep", "a finished sweep"],
)
def test_every_request_gets_a_documented_response(
    held: Held, url: str, settings: str, kept: tuple[str, ...], examples: int, tmp_path: Path
) -> None:
    file = tmp_path / "schemathesis.toml"
    file.write_text(SETTINGS + settings)
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(file), "run", *kept]
    command += ["--exclude-path-regex=/events$"]  # the streams never end; test_event_stream reads them
    command += [f"--max-examples={examples}", f"--header=Authorization: Bearer {held.tokens['root']}"]
    done = subprocess.run([*command, f"{url}/api/openapi.json"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
