"""Listening until somebody stops it."""

import socket
from collections.abc import Callable
from types import FrameType

from rts_search.basics.errors import UserError
from rts_search.server.logging import set_up_logging
from rts_search.server.settings import ServerSettings

GRACE_SECONDS = 3


def run(settings: ServerSettings, say: Callable[[str], None]) -> None:
    """Serve. Sweeps that run when it ends go on, and are found again by the next. Raises: UserError."""
    try:
        import uvicorn

        from rts_search.server.app import create_app
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
            f"--port: {settings.host}:{settings.port} cannot be listened on: {error.strerror}; choose another"
        ) from error
    with listening:
        app = create_app(settings)
        where = f"[{settings.host}]" if ":" in settings.host else settings.host
        say(f"Serving on http://{where}:{settings.port} (Ctrl-C ends the service; sweeps go on).")
        if app.state.parts.open_to_local:
            say("There are no tokens: every user of this machine may do everything. See `rts-search token create`.")
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            proxy_headers=False,
        )
        server = uvicorn.Server(config)
        told = server.handle_exit

        def ending(sig: int, frame: FrameType | None) -> None:
            app.state.parts.events.close()  # the server waits for the streams
            told(sig, frame)

        server.handle_exit = ending  # type: ignore[method-assign]
        server.run(sockets=[listening])
