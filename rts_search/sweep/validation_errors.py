"""Turning the errors of pydantic into one ConfigError with place, rule and value."""

import dataclasses
import types
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError

from rts_search.basics.sizes import joined
from rts_search.sweep.defaults import NO_DATASET
from search_spaces.hints import did_you_mean
from trainables.core.settings.config import BsconvConfig, LrScheduleConfig
from trainables.core.settings.section import ConfigError, printable

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")

_MISSPELT = "is no setting here (did you mean "
MOST_MEANT, DEEPEST = 3, 4
"""Places that are suggested for a setting that stands in the wrong one, and levels that are searched for it."""
_NAME = "str"
_FORMS = (_NAME, LrScheduleConfig.__name__, BsconvConfig.__name__)
"""What pydantic calls the forms of a setting that is a name or a section. No setting has one of these names."""

_RULES: Mapping[str, str] = types.MappingProxyType(
    {
        "missing": "is missing",
        "int_type": "must be an integer",
        "int_from_float": "must be an integer",
        "float_type": "must be a number",
        "string_type": "must be a text",
        "bool_type": "must be true or false",
        "tuple_type": "must be a list",
        "dict_type": "must be a mapping of settings",
        "model_type": "must be a mapping of settings",
        "model_attributes_type": "must be a mapping of settings",
        "dataclass_type": "must be a mapping of settings",
        "greater_than": "must be > {gt:,.15g}",
        "greater_than_equal": "must be >= {ge:,.15g}",
        "less_than": "must be < {lt}",
        "less_than_equal": "must be <= {le:,.15g}",
        "finite_number": "must be finite",
        "string_pattern_mismatch": "must match the pattern {pattern}",
        "extra_forbidden": "is no setting here",
    }
)

_MISSING = (_RULES["missing"], NO_DATASET)


def broken_rule(error: ValidationError, model: type[BaseModel]) -> ConfigError:
    """The first broken rule with its dotted place. An unknown key comes first: it is often a missing one, misspelt."""
    return broken_rules(error, model)[0]


def broken_rules(error: ValidationError, model: type[BaseModel]) -> list[ConfigError]:
    """The broken rules, one for each place, in the same order; none for what is missing since it is misspelt."""
    details = _without_unions(error.errors(include_url=False))
    found = [_rule_broken(detail, model) for detail in sorted(details, key=lambda one: one["type"] not in _UNKNOWN)]
    misspelt = {f"{one.place.rpartition('.')[0]}.{suggested(one)}".lstrip(".") for one in found}
    told = {one.place: one for one in reversed(found) if one.rule not in _MISSING or one.place not in misspelt}
    return [one for one in found if told.get(one.place) is one]


def suggested(error: ConfigError) -> str:
    """The setting that was meant by an unknown key; empty for other mistakes, and where none is similar."""
    return error.rule.removeprefix(_MISSPELT).removesuffix("?)") if error.rule.startswith(_MISSPELT) else ""


def _rule_broken(chosen: Any, model: type[BaseModel]) -> ConfigError:
    location, kind, context = chosen["loc"], chosen["type"], chosen.get("ctx", {})
    place, value = ".".join(map(printable, location)), chosen["input"]
    inner = context.get("error")
    if isinstance(inner, ConfigError):
        return inner.within(place) if place else inner
    if kind in _UNKNOWN:
        known, name = _known_keys(model, location[:-1]), str(location[-1])
        elsewhere = _elsewhere(name, model) if len(location) == 1 else ""
        hint = elsewhere or did_you_mean(name, known) or f"; known are {', '.join(known)}"
        return ConfigError(place, f"is no setting here{hint}", None)
    if kind == "literal_error":
        names = context["expected"].replace("'", "").replace(" or ", ", ")
        hint = did_you_mean(value, names.split(", ")) if isinstance(value, str) else ""
        return ConfigError(place, f"must be one of {names}{hint}", value)
    rule = NO_DATASET if (place, kind) == ("dataset", "missing") else rule_of(chosen)
    if kind == "string_type" and isinstance(value, int | float):
        rule += ": put it in quotes"
    return ConfigError(place, rule, None if kind == "missing" else value)


def _without_unions(details: list[Any]) -> list[Any]:
    """The errors without the names that pydantic gives to the forms of a setting: a name (`str`) or a section.

    Of such a setting's errors, those of the form that was meant stay.
    """
    kept = []
    for detail in details:
        location = detail["loc"]
        if location[-1:] == (_NAME,):
            if isinstance(detail["input"], Mapping):
                continue  # meant as a section, whose errors come next
            rule = "must be a name or a mapping of settings"
            detail = {**detail, "type": "name_or_section", "msg": rule}
        kept.append({**detail, "loc": tuple(part for part in location if part not in _FORMS)})
    return kept


def rule_of(detail: Mapping[str, Any]) -> str:
    """The rule that one error of pydantic reports, without its place and its value."""
    rule = _RULES.get(detail["type"])
    return str(detail["msg"]) if rule is None else rule.format(**detail.get("ctx", {}))


def _elsewhere(name: str, model: type[Any]) -> str:
    """Text to append to the error about a setting that stands in no section; empty where no section has it."""
    same = [place for place in _places(model) if place.rpartition(".")[2] == name]
    least = min((place.count(".") for place in same), default=0)
    meant = [place for place in dict.fromkeys(same) if place.count(".") == least][:MOST_MEANT]
    return f" (did you mean {joined(meant, 'or')}?)" if meant else ""


def _places(section: type[Any], prefix: str = "", depth: int = 1) -> Iterator[str]:
    """The dotted names of all settings, as deep as a file is nested."""
    for name, kind in _hints(section).items():
        yield f"{prefix}{name}"
        if depth < DEEPEST:
            for inner in _sections(kind):
                yield from _places(inner, f"{prefix}{name}.", depth + 1)


def _known_keys(model: type[Any], location: tuple[int | str, ...]) -> list[str]:
    """Names of the settings in the section at a location."""
    section = model
    for part in location:
        if isinstance(part, str):  # a number is an index of a list; the type of its items is already found
            section = next(_sections(_hints(section)[part]))
    return list(_hints(section))


def _sections(kind: Any) -> Iterator[type[Any]]:
    """The sections in a type: the type itself, the members of a union, the items of a list."""
    if _is_section(kind):
        yield kind
    for inner in get_args(kind):
        yield from _sections(inner)


def _hints(section: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(section)
    if issubclass(section, BaseModel):
        return {name: hints[name] for name in section.model_fields}
    return {item.name: hints[item.name] for item in dataclasses.fields(section)}


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and (issubclass(kind, BaseModel) or dataclasses.is_dataclass(kind))
