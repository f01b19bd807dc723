"""The base class of all settings sections: built from a mapping, written back to one, with one kind of error."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, fields
from functools import cache
from typing import Annotated, Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints


class ConfigError(ValueError):
    """A setting that breaks a rule: `place` is its dotted name, `rule` the rule, `value` what was given.

    value: None where nothing was given, or where what was given says nothing, as for an unknown key.
    """

    def __init__(self, place: str, rule: str, value: object) -> None:
        self.place, self.rule, self.value = place, rule, value
        super().__init__(f"{place}: {rule}" + ("" if value is None else f", but got {shown_value(value)}"))

    def within(self, section: str) -> "ConfigError":
        """Return the same error with `section` put in front of its place."""
        return ConfigError(f"{section}.{self.place}" if self.place else section, self.rule, self.value)


def shown_value(value: object) -> str:
    """A value in a message: a section as it is in YAML, such as {loguniform: [0.01, 1]}, other values as in Python."""
    if not isinstance(value, Mapping):
        return repr(value)
    return f"{{{', '.join(f'{printable(name)}: {_inner(inner)}' for name, inner in value.items())}}}"


def _inner(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inner, value))}]"
    return printable(value) if isinstance(value, str) else shown_value(value)


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or the error's class name when the message is empty."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def require(holds: bool, place: str, rule: str, value: object) -> None:
    """Raise a `ConfigError` with this place, rule and value unless `holds` is true."""
    if not holds:
        raise ConfigError(place, rule, value)


def require_exactly(section: object, used: tuple[str, ...], of: str, may: tuple[str, ...] = ()) -> None:
    """Refuse a section that lacks a parameter from `used`, or that sets an optional one outside of it.

    may: parameters that may be given or left out.
    """
    for item in fields(section):  # type: ignore[arg-type]
        value = getattr(section, item.name)
        if item.name in may:
            continue
        if item.default is None and item.name in used:
            require(value is not None, item.name, f"is needed by {of}", value)
        elif item.default is None:
            require(value is None, item.name, f"is not used by {of}: leave it out", value)


def printable(name: object) -> str:
    """The key as text that fits on one line: line breaks and control characters are escaped."""
    text = str(name)
    return text if text.isprintable() else repr(text)


def one_of(names: tuple[str, ...] | Mapping[str, object]) -> str:
    """The rule for a setting that must be one of these names: "must be one of a, b"."""
    return f"must be one of {', '.join(names)}"


@dataclass(frozen=True)
class AtMost:
    """The largest value of a setting that is a number, as in `epochs: Annotated[int, AtMost(100_000)]`."""

    most: float

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Called by pydantic when it writes the JSON Schema of a sweep file, from which pages and editors know it."""
        return {**handler(core_schema), "maximum": self.most}


@dataclass(frozen=True)
class OneOf:
    """The names that a setting may have, as in `precision: Annotated[str, OneOf(PRECISIONS)]`.

    It only enters the JSON Schema: the section itself refuses other names.
    """

    names: tuple[str, ...]
    pattern: str = ""
    """A regular expression of further names, if there are such."""

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Called by pydantic when it writes the JSON Schema of a sweep file, from which pages and editors know it."""
        named = {**handler(core_schema), "enum": list(self.names)}
        return {"anyOf": [named, {"type": "string", "pattern": self.pattern}]} if self.pattern else named


MOST_EPOCHS = 100_000
LARGEST_SEED = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly."""
Epochs = Annotated[int, AtMost(MOST_EPOCHS)]
Seed = Annotated[int, AtMost(LARGEST_SEED)]


class Section:
    """A frozen group of settings. Unknown keys are refused when it is built from a mapping."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "use_attribute_docstrings": True}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build the section from nested mappings.

        Raises:
            ConfigError: at the first unknown key, missing setting, wrong type or broken rule.
        """
        require(isinstance(values, Mapping), "", "must be a mapping of settings", values)
        known: dict[str, Field[Any]] = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
        for name in values:
            require(name in known, printable(name), f"is no setting here; known are {', '.join(known)}", None)
        hints = _hints(cls)  # type: ignore[arg-type]
        built: dict[str, Any] = {}
        for name, item in known.items():
            if name in values:
                built[name] = _typed(name, hints[name], values[name])
            else:
                needed = item.default is MISSING and item.default_factory is MISSING
                require(not needed, name, "is missing", None)
        return cls(**built)

    def check_bounds(self) -> None:
        """Check the settings that are declared with AtMost. Called at the end of __post_init__. Raises: ConfigError."""
        for name, most in _largest(type(self)).items():  # type: ignore[arg-type]
            value = getattr(self, name)
            if value is not None and value > most:
                raise ConfigError(name, f"must be <= {most:,}", value)

    def to_dict(self) -> dict[str, Any]:
        """The section as nested dictionaries of plain values. Settings that are None are left out."""
        return _plain(asdict(self))  # type: ignore[call-overload]


@cache
def _hints(section: type[Section]) -> dict[str, Any]:
    """The types of a section's settings. Cached: looking them up takes longer than all else in `from_dict`."""
    return get_type_hints(section)


@cache
def _largest(section: type[Section]) -> dict[str, float]:
    """Setting -> its largest value, where AtMost declares one."""
    hints = get_type_hints(section, include_extras=True)
    return {name: bound.most for name, hint in hints.items() for bound in _bounds(hint)}


def _bounds(hint: Any) -> Iterator[AtMost]:
    if isinstance(hint, AtMost):
        yield hint
    for inner in get_args(hint):
        yield from _bounds(inner)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _plain(value) if isinstance(value, dict) else value for name, value in values.items() if value is not None
    }


def _typed(name: str, hint: Any, value: Any) -> Any:
    allowed = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    section = next((kind for kind in allowed if isinstance(kind, type) and issubclass(kind, Section)), None)
    others = [kind for kind in allowed if kind not in (section, types.NoneType)]
    if section is not None and (isinstance(value, Mapping) or not others) and not (value is None and len(allowed) > 1):
        try:
            return section.from_dict(value)
        except ConfigError as error:
            raise error.within(name) from None
    for kind in allowed:
        if get_origin(kind) is tuple and isinstance(value, list | tuple):
            return tuple(_typed(f"{name}.{index}", get_args(kind)[0], one) for index, one in enumerate(value))
    if float in allowed and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = tuple(get_origin(kind) or kind for kind in allowed)
    right = isinstance(value, plain) and not (isinstance(value, bool) and bool not in plain)
    names = {int: "an integer", float: "a number", str: "a text", bool: "true or false", tuple: "a list"}
    wanted = " or ".join(names.get(kind, "a mapping") for kind in plain if kind is not types.NoneType)
    require(right, name, f"must be {wanted}", value)
    return value
