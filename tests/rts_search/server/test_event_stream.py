"""Streams send each change once, and only of the sweeps that were asked for."""

import json
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.rts_search.server.held import SWEEP, Held
from tests.rts_search.server.service import Service, launch, small, wait_until


class Listener:
    """A client that reads a stream until it ends."""

    def __init__(self, client: httpx.Client, path: str) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.open = threading.Event()
        self._client, self._path = client, path
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        assert self.open.wait(30)

    def states(self, sweep: str) -> list[str]:
        """The states of a sweep in the order of their events, without repetitions."""
        states = [told["state"] for event, told in list(self.heard) if event == "sweep" and told["sweep"] == sweep]
        return [state for place, state in enumerate(states) if place == 0 or states[place - 1] != state]

    def end(self) -> None:
        """Wait until the service has ended the stream."""
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _listen(self) -> None:
        event = ""
        with self._client.stream("GET", self._path, timeout=60) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            self.open.set()
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.heard.append((event, json.loads(line.removeprefix("data: "))))


@pytest.mark.slow
def test_streams_send_every_change_from_the_launch_to_the_end(serve: Callable[..., Service]) -> None:
    service = serve()
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client, service.client(token) as all_of_them, service.client(token) as one_of_them:
        everything, one = Listener(all_of_them, "/api/events"), Listener(one_of_them, "/api/sweeps/one/events")
        launch(client, small("one", trials=2))
        launch(client, small("two", trials=1, epochs=1))
        service.drivers.pause("one", after="[1/3]")
        wait_until(
            client, "one", lambda _: "running" in one.states("one") and "running" in everything.states("one"), 20
        )
        service.drivers.go_on()
        for name in ("one", "two"):
            wait_until(client, name, lambda found: found["state"] == "finished")
        last = client.get("/api/sweeps/one").json()
        for listener, name in ((one, "one"), (everything, "one"), (everything, "two")):
            wait_until(client, name, lambda _, of=listener, name=name: of.states(name)[-1:] == ["finished"], 20)
        assert one.heard[-1] == ("sweep", last)
        assert everything.states("one")[-2:] == one.states("one")[-2:] == ["running", "finished"]
        assert "queued" in everything.states("two")
        assert {told["sweep"] for _, told in one.heard} == {"one"}
        told = [text for _, text in one.heard]
        assert all(before != after for before, after in pairwise(told))
        client.delete("/api/sweeps/two")
        wait_until(client, "one", lambda _: ("gone", {"sweep": "two"}) in everything.heard, 20)
        service.end()
        everything.end()
        one.end()


@pytest.mark.parametrize("path", ["/api/events", f"{SWEEP}/events"])
def test_without_a_token_there_is_no_stream(held: Held, path: str) -> None:
    assert held.client().get(path).status_code == 401
