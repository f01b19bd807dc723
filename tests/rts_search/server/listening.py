"""The application on a port, in a thread of the tests' own process: it starts in no time."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Literal

import uvicorn
from fastapi import FastAPI

from rts_search.server.connections import BoundedConnection


@contextlib.contextmanager
def listening(app: FastAPI, lifespan: Literal["on", "off"] = "on") -> Iterator[str]:
    """Serve the application, and give its address. With `lifespan` off, no job of its queue is started."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        own.listen()
        config = uvicorn.Config(
            app, http=BoundedConnection, lifespan=lifespan, log_config=None, timeout_graceful_shutdown=3
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [own]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{own.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
