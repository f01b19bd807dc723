"""The service on a real PostgreSQL server, which is killed while two drivers and a browser use it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.rts_search.postgresql_server import running
from tests.rts_search.server.pages.test_browser import look
from tests.rts_search.server.service import Service, launch, small, wait_until

LEARNING_RATES = {"one": "5e-2", "two": "4e-2"}
"""They differ, so that the sweeps share no epoch and both train when the server is killed."""

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


def test_two_drivers_and_a_browser_lose_nothing_when_the_server_is_killed(
    serve: Callable[..., Service], browser: Browser
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
            for name, lr in LEARNING_RATES.items():
                launch(client, small(name, trials=2, epochs=40).replace("5e-2", lr) + "scheduler: none\n")
            for name in LEARNING_RATES:
                service.drivers.pause(name, after="[1/3]")
            expect(page.get_by_role("row", name="two").locator(".state")).to_have_text("running", timeout=30_000)

            server.kill()
            answer = client.get("/api/sweeps")
            assert (answer.status_code, server.password in answer.text) == (503, False)
            assert "see that the server runs" in answer.json()["error"]
            service.drivers.go_on()
            for name in LEARNING_RATES:
                service.drivers.wait_for(name, "the study database is away, trying again")
            server.start()

            for name in LEARNING_RATES:
                found = wait_until(client, name, lambda found: found["state"] == "finished")
                assert (found["trials"], found["completed"]) == (3, 3)
                expect(page.get_by_role("row", name=name).locator(".state")).to_have_text("finished", timeout=30_000)
                expect(page.get_by_role("row", name=name)).to_contain_text("3 of 3")
        page.get_by_role("link", name="Compare").click()
        for name in LEARNING_RATES:
            page.get_by_label(name, exact=True).check()
        page.get_by_role("button", name="Compare").click()
        expect(page.locator(".measured")).to_contain_text("Which of one and two found the better config is not")
        expect(page.get_by_role("row", name="one rts 2 of 2")).to_be_visible()
        look(page, "compare")
        page.close()
        assert server.password not in (service.results / "service.log").read_text()
