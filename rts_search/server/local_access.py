"""Whether users of this machine may use the service without a token, which ends for good with the first token."""

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.server.database.connection import Database
from rts_search.server.database.tokens import tokens
from rts_search.server.database.until_written import UntilWritten
from rts_search.server.settings import ServerSettings


class LocalAccess:
    """A service that listens on loopback is open to all users of its machine as long as it has never had a token.

    That it has had one is remembered in a file of the results folder: after its database was lost, a new one holds no
    token, and everyone would be an administrator.
    """

    def __init__(self, settings: ServerSettings, database: Database) -> None:
        """Raises: UserError: there is no token, but one is needed, or there has been one."""
        self._results = settings.workspace.results
        self._may_reopen = settings.without_tokens
        self._has_tokens = UntilWritten(database, lambda: bool(tokens(database)))
        has_tokens = self._has_tokens.get()
        if has_tokens:
            remember_tokens(self._results)
        settings.check(has_tokens)
        if not has_tokens and not self._may_reopen and self._results.had_tokens.exists():
            raise UserError(
                "serve: must have a token, since this service has had some, but its database holds none. If the "
                "database was lost, restore it; or create a token: rts-search token create NAME --role admin; or let "
                "every user of this machine do everything: --without-tokens"
            )
        self._open = settings.loopback and not has_tokens

    @property
    def open(self) -> bool:
        """Whether a request of this machine needs no token. Once it needs one, it does until the service ends."""
        if self._open:
            if self._has_tokens.get():
                self._open = False
                remember_tokens(self._results)
            elif not self._may_reopen:
                self._open = not self._results.had_tokens.exists()
        return self._open


def remember_tokens(results: Results) -> None:
    """Write down that the service has had tokens; called when one was created or found. Raises: UserError."""
    try:
        results.had_tokens.touch()
    except OSError as error:
        raise UserError(f"{results.had_tokens}: must be a file that can be made, but {error.strerror}") from error
