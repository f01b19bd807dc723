"""The page of the API needs nothing from elsewhere."""

import re

from tests.rts_search.server.held import Held


def test_a_viewer_reads_every_request_with_its_command(held: Held) -> None:
    text = held.client("vera").get("/docs").text
    for path in held.app.openapi()["paths"]:
        assert f"<code>{path}</code>" in text
    assert "http://localhost/api/sweeps/NAME/stop" in text


def test_it_loads_only_the_service_s_own_files_and_its_links_lead_somewhere(held: Held) -> None:
    text = held.client("vera").get("/docs").text
    assert all(place.startswith("/assets/") for place in re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', text))
    targets = set(re.findall(r'href="#([^"]+)"', text)) - {"main"}
    assert targets <= set(re.findall(r'id="([^"]+)"', text))


def test_it_needs_a_login(held: Held) -> None:
    assert held.client().get("/docs").headers["location"] == "/login?next=/docs"
