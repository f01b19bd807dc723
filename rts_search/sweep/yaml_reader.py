"""Reading YAML that may be hostile: plain values only, limits on its size, and line and column for every mistake."""

import codecs
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

from rts_search.basics.errors import UserError, refused
from search_spaces.hints import did_you_mean
from trainables.core.settings.section import ConfigError

MOST_BYTES = 1_000_000
MOST_NODES = 5_000
DEEPEST = 20
"""Limits. A usual sweep file has 3 KB, 100 nodes and 5 levels."""

_TAG = "tag:yaml.org,2002:"


def read_yaml(file: Path) -> dict[str, Any]:
    """The mapping in a YAML file.

    Raises:
        UserError: the file cannot be read, is too large, is not UTF-8 or not YAML, or holds no mapping of plain values.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        near = similar_file(file) if isinstance(error, FileNotFoundError) else ""
        raise UserError(f"{file}: cannot be read: {reason}{near}") from error
    return parse_yaml(content, str(file))


def similar_file(path: Path, others: Sequence[str] = ()) -> str:
    """Text to append to the error about a file that is missing: which YAML file beside it was meant, if any is similar.

    others: further names that may have been meant.
    """
    near = [str(path.with_name(file)) for file in _files_beside(path)]
    same = next((file for file in near if Path(file).stem == path.name), None)
    return did_you_mean(str(path), [*near, *others]) if same is None else f" (did you mean {same}?)"


def _files_beside(path: Path) -> list[str]:
    """The names of the YAML files in the folder of a path."""
    try:
        return sorted(file.name for file in path.parent.iterdir() if file.suffix in (".yaml", ".yml"))
    except (OSError, ValueError):
        return []


def parse_yaml(content: bytes, source: str) -> dict[str, Any]:
    """The mapping in the bytes of a YAML file; `source` is its name in messages. Raises: UserError."""
    if len(content) > MOST_BYTES:
        raise UserError(f"{source}: must have at most {MOST_BYTES} bytes, but has more")
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{source}: line {line}: must be UTF-8, but got byte {content[error.start]:#04x}") from error
    values = parse_value(text, source)
    if not isinstance(values, dict):
        if values is None:
            raise UserError(f"{source}: must be a mapping of settings, but is empty")
        raise refused(source, ConfigError("", "must be a mapping of settings", values))
    return values


def parse_value(text: str, source: str) -> Any:
    """The plain value in a YAML text: mapping, list, text, number, true, false or null. Raises: UserError."""
    with _told(text, source):
        return yaml.load(text, Loader=_PlainLoader)


def nodes_and_value(text: str, source: str) -> tuple[Node | None, Any]:
    """The nodes of a YAML text, with their positions in it, and its value. Both None when it holds none.

    Raises: UserError.
    """
    with _told(text, source):
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)


@contextmanager
def _told(text: str, source: str) -> Iterator[None]:
    """Turn an error of PyYAML into a UserError with line and column."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UserError(f"{source}: {place}{_one_line(error.problem or error.context or 'is no YAML')}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UserError(f"{source}: line {line}: holds a character that YAML does not allow") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _problem(problem: str, at: Any) -> ConstructorError:
    return ConstructorError(None, None, problem, at.start_mark)


def _construct_int(loader: Any, node: ScalarNode) -> int:
    text = loader.construct_scalar(node)
    if len(text) > 18:
        raise _problem("an integer must have at most 17 digits", node)
    return int(text)


def _construct_float(loader: Any, node: ScalarNode) -> float:
    text = loader.construct_scalar(node).lower()
    number = math.nan if text.endswith((".inf", ".nan")) else float(text)
    if not math.isfinite(number):
        raise _problem(f"a number must be finite, but got {text}", node)
    return number


def _construct_text(loader: Any, node: ScalarNode) -> str:
    text = str(loader.construct_scalar(node))
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _problem("a text must not hold half a character (a surrogate)", node)
    return text


class _PlainLoader(yaml.SafeLoader):
    """Loads the plain values of YAML 1.2, without aliases and tags, and each key only once.

    PyYAML alone follows YAML 1.1, where 5e-4 is a text, `off` is a boolean, 010 is 8 and 1:30 is 90.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 -- as PyYAML declares it
        None: [
            (f"{_TAG}bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
            (f"{_TAG}null", re.compile(r"(?:null|Null|NULL|~|)\Z")),
            (f"{_TAG}int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")),
            (
                f"{_TAG}float",
                re.compile(r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)\Z"),
            ),
            (f"{_TAG}float", re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")),
        ]
    }

    yaml_constructors: ClassVar[Any] = {
        f"{_TAG}map": yaml.SafeLoader.construct_yaml_map,
        f"{_TAG}seq": yaml.SafeLoader.construct_yaml_seq,
        f"{_TAG}bool": yaml.SafeLoader.construct_yaml_bool,
        f"{_TAG}null": yaml.SafeLoader.construct_yaml_null,
        f"{_TAG}int": _construct_int,
        f"{_TAG}float": _construct_float,
        f"{_TAG}str": _construct_text,
    }

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = self._nodes = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Check one node before a value is built from it. Called by PyYAML."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _problem("aliases and anchors (* and &) are not allowed: write the value out", event)
        if getattr(event, "tag", None) is not None:
            raise _problem(f"tags are not allowed: remove {event.tag.replace(_TAG, '!!')!r}", event)
        self._nodes += 1
        self._depth += 1
        if self._nodes > MOST_NODES:
            raise _problem(f"must have at most {MOST_NODES} values", event)
        if self._depth > DEEPEST:
            raise _problem(f"must be nested at most {DEEPEST} levels deep", event)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[str, Any]:  # type: ignore[override]
        """Build a mapping; every key must be a text that occurs once. Called by PyYAML."""
        del deep
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _problem(f"a key must be a text: put {key!r} in quotes or remove it", key_node)
            if key in built:
                raise _problem(f"key {key!r} is here twice: remove one", key_node)
            built[key] = self.construct_object(value_node, deep=True)
        return built
