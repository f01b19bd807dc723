"""What every section of settings shares: one error, one way in from a mapping, one way out."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints


class ConfigError(ValueError):
    """A setting outside its rule: `place` (dotted), the `rule` it breaks and the `value` it has."""

    def __init__(self, place: str, rule: str, value: object) -> None:
        self.place, self.rule, self.value = place, rule, value
        super().__init__(f"{place}: {rule}, but got {value!r}")

    def within(self, section: str) -> "ConfigError":
        """The same error seen from the section that holds the setting."""
        return ConfigError(f"{section}.{self.place}" if self.place else section, self.rule, self.value)


def first_line(error: BaseException) -> str:
    """What an error says, in one line; its name when it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def require(holds: bool, place: str, rule: str, value: object) -> None:
    """Raise `ConfigError` unless the rule holds."""
    if not holds:
        raise ConfigError(place, rule, value)


def printable(name: object) -> str:
    """A key as it is told in one line, whatever is in it."""
    text = str(name)
    return text if text.isprintable() else repr(text)


def one_of(names: tuple[str, ...] | Mapping[str, object]) -> str:
    """The rule of a setting that is a name from a list."""
    return f"must be one of {', '.join(names)}"


class Section:
    """What all sections share: building from a mapping with unknown keys refused, and the way back."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "use_attribute_docstrings": True}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build from nested mappings. Raises: ConfigError at the first unknown key, wrong type or broken rule."""
        require(isinstance(values, Mapping), "", "must be a mapping of settings", values)
        known: dict[str, Field[Any]] = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
        for name, value in values.items():
            require(name in known, printable(name), f"is no setting here; known are {', '.join(known)}", value)
        hints = get_type_hints(cls)
        built: dict[str, Any] = {}
        for name, item in known.items():
            if name in values:
                built[name] = _typed(name, hints[name], values[name])
            else:
                needed = item.default is MISSING and item.default_factory is MISSING
                require(not needed, name, "is missing", None)
        return cls(**built)

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values, without the settings that are not used."""
        return _plain(asdict(self))  # type: ignore[call-overload]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _plain(value) if isinstance(value, dict) else value for name, value in values.items() if value is not None
    }


def _typed(name: str, hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and is_dataclass(hint) and issubclass(hint, Section):
        try:
            return hint.from_dict(value)
        except ConfigError as error:
            raise error.within(name) from None
    allowed = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if float in allowed and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = tuple(get_origin(kind) or kind for kind in allowed)
    right = isinstance(value, plain) and not (isinstance(value, bool) and bool not in plain)
    names = {int: "an integer", float: "a number", str: "a text", bool: "true or false"}
    wanted = " or ".join(names.get(kind, "a mapping") for kind in plain if kind is not types.NoneType)
    require(right, name, f"must be {wanted}", value)
    return value
