"""All places of a file with settings, found by its JSON schema, and values that are wrong at most of them."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import jsonschema

Place: TypeAlias = tuple[str | int, ...]
Settings: TypeAlias = dict[str, Any]

VALUES = (
    None,
    True,
    0,
    -1,
    7,
    10**17 - 1,
    -0.5,
    1e308,
    "",
    "zzz",
    "a\nb",
    [],
    ["zzz"],
    [None],
    [[]],
    [{}],
    {},
    {"zzz": 1},
    {"": None},
    {"a\nb": []},
)
"""Values of every type, and edge cases that the YAML reader accepts. Most are wrong at most places."""


def objects(schema: Settings, settings: Any, within: Settings | None = None, place: Place = ()) -> Iterator[Place]:
    """Places of all mappings with known keys, as far as `settings` has them."""
    root = within or schema
    if isinstance(settings, Mapping):
        known = next((one for one in _alternatives(schema, root) if "properties" in one), None)
        if known is not None:
            yield place
            for name, inner in known["properties"].items():
                if name in settings:
                    yield from objects(inner, settings[name], root, (*place, name))
    elif isinstance(settings, list):
        for number, item in enumerate(settings):
            yield from objects(_items(schema, root), item, root, (*place, number))


def places(schema: Settings, settings: Any, within: Settings | None = None, place: Place = ()) -> Iterator[Place]:
    """Places of all settings, whether `settings` has them or not, in the mappings and lists that it has."""
    root = within or schema
    if place:
        yield place
    if isinstance(settings, Mapping):
        for one in _alternatives(schema, root):
            for name, inner in one.get("properties", {}).items():
                yield from places(inner, settings.get(name), root, (*place, name))
    elif isinstance(settings, list):
        for number, item in enumerate(settings):
            yield from places(_items(schema, root), item, root, (*place, number))


def largest(schema: Settings, place: Place) -> dict[str, float | None]:
    """Type -> largest value, of the numbers that may be written at a place; None where there is no largest one."""
    inner: Iterator[Settings] = iter([schema])
    for part in place:
        known = [one for form in inner for one in _alternatives(form, schema)]
        inner = iter([one["properties"][part] for one in known if part in one.get("properties", {})])
    forms = [one for form in inner for one in _alternatives(form, schema)]
    numbers = [one for one in forms if one.get("type") in ("integer", "number")]
    return {one["type"]: one.get("maximum", one.get("exclusiveMaximum")) for one in numbers}


def changed(settings: Settings, place: Place, value: Any) -> Settings:
    """A copy with one setting changed or added."""
    copied = copy.deepcopy(settings)
    section: Any = copied
    for part in place[:-1]:
        section = section[part]
    section[place[-1]] = value
    return copied


def dotted(place: Place) -> str:
    """The place as a message names it. A domain of the space is one setting, in whatever form it is written."""
    return ".".join(map(str, place[:3] if place[0] == "space" else place))


def is_wrong(schema: Settings, settings: Settings) -> bool:
    """Whether the schema refuses the settings."""
    return not jsonschema.Draft202012Validator(schema).is_valid(settings)


def is_wrong_at(schema: Settings, settings: Settings, place: Place) -> bool:
    """Whether the schema refuses the section of a place; much faster than asking for all sections."""
    section = place[0]
    assert isinstance(section, str)
    return is_wrong({**schema["properties"][section], "$defs": schema["$defs"]}, settings[section])


def _alternatives(schema: Settings, root: Settings) -> Iterator[Settings]:
    if "$ref" in schema:
        yield from _alternatives(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _alternatives(one, root)
    else:
        yield schema


def _items(schema: Settings, root: Settings) -> Settings:
    return next((one["items"] for one in _alternatives(schema, root) if "items" in one), {})
