"""Writing plain values as YAML that people read: block style, ranges and lists on one line, numbers of every YAML."""

import json
import re
from collections.abc import Mapping
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.sweep.yaml_reader import parse_value

STEP = "  "
"""Indentation of a section in another one."""
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
"""Characters that JSON leaves as they are and YAML changes or refuses."""
_PLAIN = re.compile(r"[A-Za-z/._][\w./+\- ]*")


def written(values: Mapping[str, Any]) -> str:
    """A whole YAML text, which ends with a line break."""
    return "".join(f"{line}\n" for line in block(values))


def block(values: Mapping[str, Any]) -> list[str]:
    """The lines of a mapping in block style, without indentation."""
    return [line for key, value in values.items() for line in entry(key, value)]


def entry(key: str, value: Any) -> list[str]:
    """The lines of one key with its value, without indentation."""
    if not is_section(value):
        return [f"{scalar(key)}: {flow(value)}"]
    return [f"{scalar(key)}:", *(STEP + line for line in block(value))]


def is_section(value: Any) -> bool:
    """Whether a value is written over several lines: a mapping that is neither empty nor a range such as
    {uniform: [0, 1]}."""
    if not isinstance(value, Mapping) or not value:
        return False
    return len(value) > 1 or not isinstance(next(iter(value.values())), list)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A text, number, true, false or null.

    A number is one by YAML 1.1, too, which needs a point before an exponent. A text that could be read as something
    else is put in quotes.
    """
    if isinstance(value, float):
        digits, e, exponent = repr(value).partition("e")
        return digits + (".0" if e and "." not in digits else "") + e + exponent
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value == value.strip() and _reads_as(value):
        return value
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _reads_as(text: str) -> bool:
    try:
        return text == parse_value(text, "") and text.lower() not in ("yes", "no", "on", "off", "y", "n")
    except UserError:
        return False
