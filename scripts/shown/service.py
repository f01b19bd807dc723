"""The service in the process of the script, on a port of this machine. It starts no job of its queue."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.server.state import ServerState
from rts_search.study.workspace import Workspace


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[str, ServerState]]:
    """Serve the results of a folder inside a `with` block. Yields the address and the objects of the service."""
    results = Results(folder / "results")
    results.require_space()
    settings = ServerSettings(Workspace(results), data_roots=(folder / "data",), requests_per_second=1_000_000.0)
    app = create_app(settings)
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        own.listen()
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=3))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [own]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{own.getsockname()[1]}", app.state.parts
        finally:
            server.should_exit = True
            thread.join()
