"""Runs the HTTP server until the user stops it."""

import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from rts_search.basics.errors import UserError
from rts_search.server.logging import set_up_logging
from rts_search.server.settings import ServerSettings

GRACE_SECONDS = 3
"""Seconds that open requests have to finish when the service ends."""


def run(settings: ServerSettings, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Running sweeps continue after that, and the next service finds them.

    Args:
        settings: of the service.
        say: prints a line for the user.

    Raises:
        UserError: the port is taken, the database cannot be used, or a library is missing.
    """
    try:
        import uvicorn

        from rts_search.server.app import create_app
        from rts_search.server.connections import BoundedConnection
    except ImportError as error:
        raise UserError(f"serve: needs {error.name}: pip install 'rts-search[server]'") from error

    set_up_logging()
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        raise UserError(
            f"--port: {settings.host}:{settings.port} cannot be used: {error.strerror}; choose another port"
        ) from error
    with listening:
        app = create_app(settings)
        where = f"[{settings.host}]" if ":" in settings.host else settings.host
        say(f"Serving on http://{where}:{settings.port} (Ctrl-C ends the service; running sweeps continue).")
        if app.state.parts.local_access.open:
            say(
                "There is no token, so every user of this machine may do everything. "
                "Create one: rts-search token create NAME --role admin"
            )
        config = uvicorn.Config(
            app,
            http=BoundedConnection,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            proxy_headers=False,
        )
        server = uvicorn.Server(config)
        handle_exit = server.handle_exit

        def end_streams(sig: int, frame: FrameType | None) -> None:
            app.state.parts.events.close()  # uvicorn waits for open responses, and the streams would never end
            handle_exit(sig, frame)

        server.handle_exit = end_streams  # type: ignore[method-assign]
        with suppress(KeyboardInterrupt):  # uvicorn passes on the signal at which it has ended
            server.run(sockets=[listening])
