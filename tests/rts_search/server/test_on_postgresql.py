"""The service on a real PostgreSQL server, which is killed while drivers and a browser use it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.rts_search.postgresql_server import running
from tests.rts_search.server.service import Service, launch, small, wait_until

LEARNING_RATES = {"one": "5e-2", "two": "4e-2"}
"""They differ, so that the sweeps share no epoch and both train when the server is killed."""

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.parametrize("names", [("one",), pytest.param(("one", "two"), marks=pytest.mark.campaign)], ids=len)
def test_drivers_and_a_browser_lose_nothing_when_the_server_is_killed(
    serve: Callable[..., Service], browser: Browser, names: tuple[str, ...]
) -> None:
    with running() as server:
        service = serve("--max-sweeps", "2", "--max-per-user", "2", RTS_SEARCH_STORAGE=server.database("laboratory"))
        token = service.token("ada", "runner")
        service.start()
        page = browser.new_page()
        page.goto(service.url)
        page.get_by_label("Token").fill(token)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Sweeps")).to_be_visible()
        with service.client(token) as client:
            for name in names:
                text = small(name, trials=2, epochs=20).replace("5e-2", LEARNING_RATES[name])
                launch(client, text + "scheduler: none\n")
            for name in names:
                service.drivers.pause(name, after="[1/3]")
            expect(page.get_by_role("row", name=names[-1]).locator(".state")).to_have_text("running", timeout=30_000)

            server.kill()
            answer = client.get("/api/sweeps")
            assert (answer.status_code, server.password in answer.text) == (503, False)
            assert "see that the server runs" in answer.json()["error"]
            service.drivers.go_on()
            for name in names:
                service.drivers.wait_for(name, "the study database is away, trying again")
            server.start()

            for name in names:
                found = wait_until(client, name, lambda found: found["state"] == "finished")
                assert (found["trials"], found["completed"]) == (3, 3)
                expect(page.get_by_role("row", name=name).locator(".state")).to_have_text("finished", timeout=30_000)
                expect(page.get_by_role("row", name=name)).to_contain_text("3 of 3")
        page.close()
        assert server.password not in (service.results / "service.log").read_text()
