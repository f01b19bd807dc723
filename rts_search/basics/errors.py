"""The error that reports a mistake of the user in one line: place, rule, value and way out."""

import reprlib

from trainables.core.settings.section import ConfigError


class UserError(Exception):
    """A mistake of the user. The command line prints the message, which is one line, and exits with code 2."""

    more: tuple[str, ...] = ()
    """Further mistakes that were found together with this one, each in one line."""

    def _render_traceback_(self) -> list[str]:
        """The lines that a notebook shows for this error, in the place of a traceback."""
        return [f"{type(self).__name__}: {self}", *self.more]


def refused(source: str, error: ConfigError) -> UserError:
    """The UserError for a wrong setting.

    Args:
        source: the file, or the option of the command line, that has the setting.
        error: its place, rule and value; the value is shortened to about 120 characters.
    """
    place = f"{source}: {error.place}" if error.place else source
    if error.value is None:
        return UserError(f"{place}: {error.rule}")
    shorten = reprlib.Repr()
    shorten.maxstring = shorten.maxother = shorten.maxlong = 120
    return UserError(f"{place}: {error.rule}, but got {shorten.repr(error.value)}")
