"""The settings with which the service was started."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.study.workspace import Workspace

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")


@dataclass(frozen=True)
class ServerSettings:
    """The options of `rts-search serve`."""

    workspace: Workspace
    """The results folder, the database of the studies, and the Ray cluster."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8265
    """Port to listen on, 1 to 65535."""
    data_roots: tuple[Path, ...] = ()
    """Folders whose data and weights sweeps sent over HTTP may use."""
    allow_code: bool = False
    """Whether sweeps sent over HTTP may name package.module:function as their model."""
    max_sweeps: int = 1
    """Sweeps that run at the same time, >= 1; others wait in the queue."""
    max_per_user: int = 1
    """Sweeps of one user that run at the same time, >= 1."""
    requests_per_second: float = 100.0
    """Requests per second that one client may send on average; a burst may have twice as many."""
    behind_https: bool = False
    """Whether browsers reach the service by HTTPS; their cookie is then sent over HTTPS only."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names, besides localhost, by which browsers reach a service that listens on loopback."""
    without_tokens: bool = False
    """Whether a service on loopback that has had tokens, and has none now, may be open to all users of its machine."""
    logins_per_minute: float = 10.0
    """Times per minute that one client may try to log in."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def check(self, has_tokens: bool) -> None:
        """Raises: UserError: other machines can reach the service, but it has no token."""
        if not self.loopback and not has_tokens:
            raise UserError(
                f"--host: {self.host} can be reached from other machines, so a token is needed, but there is none; "
                "create one first: rts-search token create NAME --role admin"
            )
