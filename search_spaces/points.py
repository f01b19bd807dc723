"""Points that are given, not drawn: checked against a space, and read as the draws that lead to them."""

from collections.abc import Iterator, Mapping
from typing import Any

from search_spaces.domains import Choice, Domain, Integer, LogUniform, Uniform
from search_spaces.hints import did_you_mean
from search_spaces.space import Space
from trainables.core.settings.section import ConfigError, printable, require


def draws_of(space: Space, point: Mapping[str, Any]) -> dict[str, Any]:
    """The draws, as dotted name -> value, that lead to a point of the space.

    point: the settings as a sweep file nests them, such as {radius: {value: 1}, training: {lr: 0.1}}. A setting that
    has one value may be left out.

    Raises:
        ConfigError: at a setting that is missing, has a value outside of its domain, or is not used at this point.
    """
    given, draws = dict(_flat(point)), dict[str, Any]()

    def choose(name: str, domain: Domain) -> Any:
        several = domain.size is None or domain.size > 1
        require(name in given or not several, name, f"must be given: {_said(domain)}", None)
        draws[name] = value_in(domain, given[name], name) if name in given else domain.lowest
        return draws[name]

    drawn = dict(_flat(space.draw(choose)))
    for name, value in given.items():
        used = "is no setting that the space has at this point; those are "
        rule = f"{used}{', '.join(drawn)}" + did_you_mean(name, drawn)
        require(name in drawn, name, rule, value)
        same = value == drawn[name] and isinstance(value, bool) == isinstance(drawn[name], bool)
        require(name in draws or same, name, f"must be {drawn[name]}, the only value in the space", value)
    return draws


def value_in(domain: Domain, value: Any, place: str = "") -> Any:
    """The value as the domain has it: 1 becomes 1.0 in a domain of numbers.

    Raises:
        ConfigError: the value is not in the domain.
    """
    error = ConfigError(place, f"must be {_said(domain)}", value)
    if isinstance(domain, Choice):
        for option in domain.options:
            if option == value and isinstance(option, bool) == isinstance(value, bool):
                return option
        raise error
    if isinstance(value, bool) or not isinstance(value, int | float) or not domain.lowest <= value <= domain.highest:
        raise error
    if isinstance(domain, Integer):
        if (value - domain.low) % domain.step:
            raise error
        return int(value)
    return float(value)


def _said(domain: Domain) -> str:
    if isinstance(domain, Uniform | LogUniform):
        return f"a number from {domain.low:g} to {domain.high:g}"
    if isinstance(domain, Integer):
        step = f" in steps of {domain.step}" if domain.step > 1 else ""
        return f"an integer from {domain.low} to {domain.high}{step}"
    return f"one of {', '.join(map(str, domain.values()))}"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{printable(name)}.")
        else:
            yield f"{prefix}{printable(name)}", tuple(value) if isinstance(value, list) else value
