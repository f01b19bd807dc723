"""The written form of a domain in a sweep file: reading, writing and JSON schema."""

import functools
import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform
from trainables.core.settings.section import ConfigError, require

Kind: TypeAlias = Literal["number", "integer", "text", "flag", "flag or text", "any", "list"]
"""The kind of the values of a domain. A flag is true or false; any is a number, an integer, a text or a flag. A list is
of numbers; it can only be fixed."""

_INTEGERS = "{integer: [low, high]} or {integer: [low, high, step]}"
_NUMBERS = f"{{uniform: [low, high]}}, {{loguniform: [low, high]}}, {_INTEGERS}"
_RULES: Mapping[Kind, str] = types.MappingProxyType(
    {
        "number": f"must be a number, a list of numbers, {_NUMBERS}",
        "integer": f"must be an integer, a list of integers, {_INTEGERS}",
        "text": "must be a name or a list of names",
        "flag": "must be true, false or a list of both",
        "flag or text": "must be true, false, a name or a list of them",
        "any": f"must be a value, a list of values, {_NUMBERS}",
        "list": "must be a list of numbers, which is the same in all trials",
    }
)
RANGES: Mapping[Kind, tuple[str, ...]] = types.MappingProxyType(
    {
        "number": ("uniform", "loguniform", "integer"),
        "integer": ("integer",),
        "text": (),
        "flag": (),
        "flag or text": (),
        "any": ("uniform", "loguniform", "integer"),
        "list": (),
    }
)
"""Kind -> the names of the ranges that a domain of this kind may be."""
_TYPES: Mapping[Kind, tuple[str, ...]] = types.MappingProxyType(
    {
        "number": ("number",),
        "integer": ("integer",),
        "text": ("string",),
        "flag": ("boolean",),
        "flag or text": ("boolean", "string"),
        "any": ("number", "string", "boolean"),
        "list": ("number",),
    }
)
"""Kind -> the names that JSON schema has for the types of one value."""


def parse_domain(value: object, kind: Kind) -> Domain:
    """Read the written form of a domain whose values are of one kind. Raises: ConfigError with an empty place."""
    if isinstance(value, Domain):
        return value
    if isinstance(value, Mapping):
        return _parse_range(value, kind)
    if kind == "list":
        require(isinstance(value, list | tuple), "", _RULES[kind], value)
        return Fixed(tuple(_element(one, "number") for one in value))  # type: ignore[attr-defined]
    if isinstance(value, list | tuple):
        return Choice(tuple(_element(option, kind) for option in value))
    return Fixed(_element(value, kind))


def _parse_range(value: Mapping[Any, Any], kind: Kind) -> Domain:
    require(len(value) == 1 and set(value) <= set(RANGES[kind]), "", _RULES[kind], dict(value))
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
    """Check one value. Values of kind number become floats, so that 1 and 1.0 are the same option."""
    if isinstance(value, bool):
        require(kind in ("flag", "flag or text", "any"), "", _RULES[kind], value)
        return value
    if isinstance(value, str) and kind in ("text", "flag or text", "any"):
        return value
    if isinstance(value, int) and kind in ("integer", "any"):
        return value
    if isinstance(value, int | float) and kind in ("number", "any"):
        require(math.isfinite(value), "", "must be finite", value)
        return float(value)
    raise ConfigError("", _RULES[kind], value)


def written(kind: Kind, names: Iterable[str] = ()) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    """Return the pydantic annotations of a field that holds a domain.

    names: the values of kind text that the schema allows, which editors then offer.
    """
    forms = list(_TYPES[kind])
    one: dict[str, Any] = {"type": forms[0] if len(forms) == 1 else forms}
    if listed := list(names):
        one = {"enum": listed if kind == "text" else [True, False, *listed]}
    several = {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}
    ranges = [_range_schema(name) for name in RANGES[kind]]
    return (
        PlainValidator(functools.partial(parse_domain, kind=kind)),
        PlainSerializer(_plain),
        WithJsonSchema(
            {"type": "array", "items": one, "minItems": 1} if kind == "list" else {"anyOf": [one, several, *ranges]}
        ),
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
