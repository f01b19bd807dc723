"""The written form of a domain in a sweep file: reading, writing and JSON schema."""

import functools
import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform
from trainables.core.settings.section import ConfigError, require

Kind: TypeAlias = Literal["number", "integer", "text"]

_INTEGERS = "{integer: [low, high]} or {integer: [low, high, step]}"
_NUMBERS = f"{{uniform: [low, high]}}, {{loguniform: [low, high]}}, {_INTEGERS}"
_RULES: Mapping[Kind, str] = types.MappingProxyType(
    {
        "number": f"must be a number, a list of numbers, {_NUMBERS}",
        "integer": f"must be an integer, a list of integers, {_INTEGERS}",
        "text": "must be a name or a list of names",
    }
)
_RANGES: Mapping[Kind, tuple[str, ...]] = types.MappingProxyType(
    {"number": ("uniform", "loguniform", "integer"), "integer": ("integer",), "text": ()}
)


def parse_domain(value: object, kind: Kind) -> Domain:
    """Read the written form of a domain whose values are of one kind. Raises: ConfigError with an empty place."""
    if isinstance(value, Domain):
        return value
    if isinstance(value, Mapping):
        return _parse_range(value, kind)
    if isinstance(value, list | tuple):
        return Choice(tuple(_element(option, kind) for option in value))
    return Fixed(_element(value, kind))


def _parse_range(value: Mapping[Any, Any], kind: Kind) -> Domain:
    require(len(value) == 1 and set(value) <= set(_RANGES[kind]), "", _RULES[kind], dict(value))
    ((name, ends),) = value.items()
    lengths = (2, 3) if name == "integer" else (2,)
    rule = f"must be {_INTEGERS}" if name == "integer" else f"must be {{{name}: [low, high]}}"
    require(isinstance(ends, list | tuple) and len(ends) in lengths, "", rule, dict(value))
    try:
        if name == "integer":
            return Integer(*(_element(end, "integer") for end in ends))
        low, high = (_element(end, "number") for end in ends)
    except ConfigError as error:
        # For an end of the wrong kind, show the rule of the range, not the longer one of the whole setting.
        raise error if error.rule.startswith("must have") else ConfigError("", rule, dict(value)) from None
    return Uniform(low, high) if name == "uniform" else LogUniform(low, high)


def _element(value: object, kind: Kind) -> Any:
    """Check one value. Numbers become floats, so that 1 and 1.0 are the same option."""
    if kind == "text" and isinstance(value, str):
        return value
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        require(math.isfinite(value), "", "must be finite", value)
        return float(value)
    raise ConfigError("", _RULES[kind], value)


def written(kind: Kind, names: Iterable[str] = ()) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    """Return the pydantic annotations of a field that holds a domain.

    names: the values of kind text that the schema allows, which editors then offer.
    """
    one: dict[str, Any] = {"enum": list(names)} if kind == "text" else {"type": kind}
    several = {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}
    ranges = [_range_schema(name) for name in _RANGES[kind]]
    return (
        PlainValidator(functools.partial(parse_domain, kind=kind)),
        PlainSerializer(_plain),
        WithJsonSchema({"anyOf": [one, several, *ranges]}),
    )


def _plain(domain: Domain) -> Any:
    return domain.plain()


def _range_schema(name: str) -> dict[str, Any]:
    integer = name == "integer"
    ends = {
        "type": "array",
        "items": {"type": "integer" if integer else "number"},
        "minItems": 2,
        "maxItems": 3 if integer else 2,
    }
    return {"type": "object", "properties": {name: ends}, "required": [name], "additionalProperties": False}
