"""Styles and scripts: no request reads another file."""

import pytest

from tests.rts_search.server.held import Held

pytestmark = pytest.mark.usefixtures("nothing_is_queued")


@pytest.mark.parametrize(
    "file", ["..%2fapp.py", "%2e%2e%2fapp.py", "..%5capp.py", "%2fetc%2fpasswd", "app.py", "style.css%00"]
)
def test_only_the_service_s_own_files_are_served(held: Held, file: str) -> None:
    assert held.client("vera").get(f"/assets/{file}").status_code in (303, 404)
