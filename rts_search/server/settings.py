"""How the service was started."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.study.workspace import Workspace

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")


@dataclass(frozen=True)
class ServerSettings:
    """What `rts-search serve` was told."""

    workspace: Workspace
    """Results folder, database and cluster."""
    host: str = "127.0.0.1"
    port: int = 8265
    data_roots: tuple[Path, ...] = ()
    """Folders in which sweeps that come over HTTP may name data and weights."""
    allow_code: bool = False
    """Whether they may name package.module:function as their model."""
    max_sweeps: int = 1
    """Sweeps that run at a time, >= 1; the others wait."""
    max_per_user: int = 1
    """Of one user, >= 1."""
    requests_per_second: float = 100.0
    """Of one client, in the long run; bursts may have twice as many."""
    behind_https: bool = False
    """Whether browsers reach the service by https: their cookie is then never sent without."""
    allowed_hosts: tuple[str, ...] = ()
    """Names by which browsers reach a service that listens on loopback only, besides localhost."""
    logins_per_minute: float = 10.0
    """Attempts to log in, of one client."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def check(self, has_tokens: bool) -> None:
        """Refuse to be open to everybody. Raises: UserError."""
        if not self.loopback and not has_tokens:
            raise UserError(
                f"--host: {self.host} can be reached from other machines, but there is no token that would keep "
                "strangers out; make one first: rts-search token create NAME --role admin"
            )
