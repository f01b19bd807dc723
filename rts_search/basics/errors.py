"""The one error that a user sees: a single line with place, rule, value and way out."""

import reprlib

from trainables.core.settings.section import ConfigError


class UserError(Exception):
    """A mistake of the user; its message is one line."""


def refused(source: str, error: ConfigError) -> UserError:
    """The error of a setting in a file (or on the command line), with its value cut to a readable length."""
    place = f"{source}: {error.place}" if error.place else source
    if error.value is None:
        return UserError(f"{place}: {error.rule}")
    shorten = reprlib.Repr()
    shorten.maxstring = shorten.maxother = shorten.maxlong = 120
    return UserError(f"{place}: {error.rule}, but got {shorten.repr(error.value)}")
