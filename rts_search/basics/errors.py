"""The error that reports a mistake of the user in one line: place, rule, value and way out."""

import reprlib
from collections.abc import Mapping

from trainables.core.settings.section import ConfigError, shown_value

LONGEST = 120


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
        error: its place, rule and value; the value is shortened to about LONGEST characters.
    """
    place = f"{source}: {error.place}" if error.place else source
    if error.value is None:
        return UserError(f"{place}: {error.rule}")
    return UserError(f"{place}: {error.rule}, but got {_shortened(error.value)}")


def _shortened(value: object) -> str:
    if isinstance(value, Mapping):
        text = shown_value(value)
        return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}...{text[-LONGEST // 2 :]}"
    shorten = reprlib.Repr()
    shorten.maxstring = shorten.maxother = shorten.maxlong = LONGEST
    return shorten.repr(value)
