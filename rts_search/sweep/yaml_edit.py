"""Changing one setting in the text of a sweep file. All other text stays as it is, comments and spaces included."""

from collections.abc import Mapping, Sequence
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from rts_search.basics.errors import UserError
from rts_search.sweep.yaml_reader import nodes_and_value, parse_value
from rts_search.sweep.yaml_writing import STEP, block, entry, flow, is_section, scalar

SOURCE = "the sweep"
SHORT: Mapping[str, str] = {
    "model": "name",
    "model.bsconv": "kind",
    "scheduler": "name",
    "space": "ready",
    "training.lr_schedule": "name",
}
"""Place of a section that may be written as one name -> the setting that the name stands for."""
KEPT = ("confirm",)
"""Sections that say something without a setting. Others are removed with their last setting."""


class Removed:
    """In place of a value: the setting is to be left out."""


REMOVED = Removed()


def changed(text: str, place: str, value: Any) -> str:
    """The text with one setting changed, or removed.

    Args:
        text: a YAML mapping, or a text without any value.
        place: dotted place of the setting, such as training.lr; sections on the way are made.
        value: a plain value, or REMOVED.

    Raises:
        UserError: the text is no YAML, or is written in a form in which this setting cannot be changed.
    """
    root, old = nodes_and_value(text, SOURCE)
    path = place.split(".")
    wanted = _plain(old if isinstance(old, dict) else {}, path, value, "")
    if root is None:
        new = text if value is REMOVED else _appended(text, _nested(path, value))
    elif isinstance(root, MappingNode):
        new = _in_mapping(text, root, path, value, "")
    else:
        new = text
    if new != text and not _reads_as(new, wanted):
        raise UserError(f"{SOURCE}: {place}: cannot be changed in this form of YAML: change it in the text")
    return new


def with_item(text: str, place: str, item: str, listed: bool) -> str:
    """The text with a name added to the list at `place`, or removed from it. A name may be a section with `name`.

    The list must be in the text. Raises: UserError.
    """
    node, _ = nodes_and_value(text, SOURCE)
    for key in place.split("."):
        node = dict(_pairs(node)).get(key) if isinstance(node, MappingNode) else None
    if not isinstance(node, SequenceNode):
        raise UserError(f"{SOURCE}: {place}: must be a list: change it in the text")
    names = [_name(one) for one in node.value]
    if listed == (item in names):
        return text
    return (
        _inserted(text, node, [f"- {scalar(item)}"], scalar(item))
        if listed
        else _without(text, node, names.index(item))
    )


def line_of(node: Node | None, place: str) -> int | None:
    """Number of the line, from 1, of a setting, or of the nearest section around it; None when the text has none.

    node: the nodes of the text.
    """
    line = None
    for key in place.split("."):
        if isinstance(node, MappingNode):
            found = next((pair for pair in node.value if pair[0].value == key), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, SequenceNode) and key.isdigit() and int(key) < len(node.value):
            node = node.value[int(key)]
            line = node.start_mark.line + 1
    return line


def _reads_as(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return bool((parse_value(text, SOURCE) or {}) == wanted)
    except UserError:
        return False


def _plain(values: Mapping[str, Any], path: Sequence[str], value: Any, at: str) -> dict[str, Any]:
    """The values after the change, by which the changed text is checked."""
    key, rest = path[0], path[1:]
    here, old = f"{at}{key}", values.get(key)
    new = value
    if rest and rest == [SHORT.get(here)] and not isinstance(old, dict):
        new = REMOVED if value is REMOVED and isinstance(old, str) else old if value is REMOVED else value
    elif rest:
        short = {SHORT[here]: old} if here in SHORT and isinstance(old, str) else {}
        inner = _plain(old if isinstance(old, dict) else short, rest, value, f"{here}.")
        unchanged = value is REMOVED and (not isinstance(old, dict) and inner == short)
        emptied = value is REMOVED and not inner and here not in KEPT
        new = old if unchanged and key in values else REMOVED if emptied or unchanged else inner
    if new is REMOVED:
        return {name: one for name, one in values.items() if name != key}
    return {**values, key: new}


def _nested(path: Sequence[str], value: Any) -> dict[str, Any]:
    return {path[0]: value if len(path) == 1 else _nested(path[1:], value)}


def _in_mapping(text: str, node: MappingNode, path: Sequence[str], value: Any, at: str) -> str:
    key, rest = path[0], path[1:]
    here = f"{at}{key}"
    place = next((index for index, pair in enumerate(node.value) if pair[0].value == key), None)
    if place is None:
        if value is REMOVED:
            return text
        new = {key: value} if rest == [SHORT.get(here)] else _nested(path, value)
        if not at and not node.flow_style:
            return _appended(text, new)
        return _inserted(text, node, block(new), flow(new)[1:-1])
    old = node.value[place][1]
    if not rest:
        return _without(text, node, place) if value is REMOVED else _replaced(text, node, place, value)
    if isinstance(old, MappingNode) and old.value:
        last = value is REMOVED and [pair[0].value for pair in old.value] == [rest[0]]
        if last and (len(rest) == 1) and here not in KEPT:
            return _without(text, node, place)
        if last and len(rest) == 1:
            return _replaced(text, node, place, {})
        return _in_mapping(text, old, rest, value, f"{here}.")
    name = old.value if here in SHORT and isinstance(old, ScalarNode) and old.value else None
    if value is REMOVED:
        shortened = name is not None and rest == [SHORT[here]]
        return _without(text, node, place) if shortened else text
    if name is None:
        return _replaced(text, node, place, _nested(rest, value))
    if rest == [SHORT[here]]:
        return _replaced(text, node, place, value)
    return _replaced(text, node, place, {SHORT[here]: name, **_nested(rest, value)})


def _replaced(text: str, node: MappingNode, place: int, value: Any) -> str:
    """Give a key another value. A comment behind the old value stays."""
    key, old = node.value[place]
    colon = text.index(":", key.end_mark.index) + 1
    start, end = (colon, colon) if _is_empty(old) else (old.start_mark.index, _end(old))
    between = text[colon:start]
    if not is_section(value) or node.flow_style:
        shown = flow(value)
        if "\n" in between:  # a section, whose comments at the key stay
            return text[:colon] + " " + shown + between.rstrip() + text[end:]
        return text[:colon] + (between or " ") + shown + text[end:]
    indent = " " * key.start_mark.column + STEP
    lines = "".join(f"\n{indent}{line}" for line in block(value))
    if "\n" in text[start:end] or "\n" in between:
        return text[:colon] + between.rstrip() + lines + text[end:]
    line_end = _line_end(text, end)
    return text[:colon] + _trimmed(between + text[end:line_end]) + lines + text[line_end:]


def _inserted(text: str, node: CollectionNode, lines: Sequence[str], inline: str) -> str:
    """Add a key, or an item, behind the last one."""
    if node.flow_style or not node.value:
        last = _end(_last(node)) if node.value else node.start_mark.index + 1
        return text[:last] + (", " if node.value else "") + inline + text[last:]
    first = node.value[0][0] if isinstance(node, MappingNode) else node
    indent = " " * first.start_mark.column
    end = _line_end(text, _end(node))
    return text[:end] + "".join(f"\n{indent}{line}" for line in lines) + text[end:]


def _without(text: str, node: CollectionNode, place: int) -> str:
    """Remove a key with its value and the comment behind it, or an item."""
    spans = [(_first(one).start_mark.index, _end(one[1] if isinstance(one, tuple) else one)) for one in node.value]
    start, end = spans[place]
    if node.flow_style:
        if place + 1 < len(spans):
            return text[:start] + text[spans[place + 1][0] :]
        return text[: spans[place - 1][1] if place else start] + text[end:]
    start = text.rfind("\n", 0, start) + 1
    if len(spans) == 1 and isinstance(node, SequenceNode):
        return text[:start] + " " * node.start_mark.column + STEP + "[]" + text[_line_end(text, end) :]
    return text[:start] + text[_line_end(text, end) + 1 :]


def _appended(text: str, values: Mapping[str, Any]) -> str:
    """Add keys at the end of the text."""
    lines = "".join(f"{line}\n" for key, value in values.items() for line in entry(key, value))
    return text + ("" if not text or text.endswith("\n") else "\n") + lines


def _pairs(node: MappingNode) -> list[tuple[str, Node]]:
    return [(key.value, value) for key, value in node.value]


def _name(node: Node) -> Any:
    found = dict(_pairs(node)).get("name") if isinstance(node, MappingNode) else node
    return found.value if isinstance(found, ScalarNode) else None


def _first(one: Any) -> Node:
    found: Node = one[0] if isinstance(one, tuple) else one
    return found


def _last(node: CollectionNode) -> Node:
    found: Node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return found


def _end(node: Node) -> int:
    """Where the text of a node ends; PyYAML's end of a block is behind the comments that follow it."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        return _end(_last(node))
    found: int = node.end_mark.index
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        found = len(node.start_mark.buffer[:found].rstrip()) if node.start_mark.buffer else found
    return found


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style is None and not node.value


def _line_end(text: str, index: int) -> int:
    """Index of the line break behind `index`, or the end of the text."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def _trimmed(rest: str) -> str:
    """What stays of a line whose value went: its comment."""
    return rest.rstrip() if rest.strip() else ""
