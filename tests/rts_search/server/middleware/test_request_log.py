"""A request that is still open when the service ends is answered, and leaves no traceback."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Message, Receive, Scope, Send

from rts_search.server.middleware.request_log import RequestLog


def test_a_request_that_the_end_of_the_service_cuts_off_gets_503() -> None:
    sent: list[Message] = []
    noted: list[tuple[str, str, int]] = []

    async def never_ends(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        await asyncio.Event().wait()

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        sent.append(message)

    async def end() -> None:
        log = RequestLog(never_ends, lambda method, route, status, _: noted.append((method, route, status)))
        scope = {"type": "http", "method": "GET", "path": "/api/sweeps", "route": None}
        task = asyncio.create_task(log(scope, receive, send))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with ThreadPoolExecutor(1) as own:  # the browser of other tests has a loop in this thread, which goes on
        own.submit(lambda: asyncio.run(end())).result()
    assert noted == [("GET", "none", 503)]
    assert sent[0]["status"] == 503
    assert b"the service ends now" in sent[1]["body"]
