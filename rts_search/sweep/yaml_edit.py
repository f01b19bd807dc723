"""Changing one setting in the text of a sweep file. All other text stays as it is, comments and spaces included."""

from collections.abc import Mapping, Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rts_search.basics.errors import UserError
from rts_search.sweep.short_forms import SHORT
from rts_search.sweep.yaml_pieces import appended, inserted, replaced, without
from rts_search.sweep.yaml_reader import nodes_and_value, parse_value
from rts_search.sweep.yaml_writing import block, flow, scalar

SOURCE = "the sweep"
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
        new = text if value is REMOVED else appended(text, _nested(path, value))
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
    if listed:
        return inserted(text, node, [f"- {scalar(item)}"], scalar(item))
    return without(text, node, names.index(item))


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
        new = values.get(key, REMOVED) if value is REMOVED and not isinstance(old, str) else value
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
            return appended(text, new)
        return inserted(text, node, block(new), flow(new)[1:-1])
    old = node.value[place][1]
    if not rest:
        return without(text, node, place) if value is REMOVED else replaced(text, node, place, value)
    if isinstance(old, MappingNode) and old.value:
        if value is REMOVED and _holds_only(old, rest):
            return replaced(text, node, place, {}) if here in KEPT else without(text, node, place)
        return _in_mapping(text, old, rest, value, f"{here}.")
    name = old.value if here in SHORT and isinstance(old, ScalarNode) and old.value else None
    if value is REMOVED:
        shortened = name is not None and rest == [SHORT[here]]
        return without(text, node, place) if shortened else text
    if name is None:
        return replaced(text, node, place, _nested(rest, value))
    if rest == [SHORT[here]]:
        return replaced(text, node, place, value)
    return replaced(text, node, place, {SHORT[here]: name, **_nested(rest, value)})


def _holds_only(node: Node, path: Sequence[str]) -> bool:
    """Whether a section would be empty without the setting at a path in it."""
    if not isinstance(node, MappingNode) or [key for key, _ in _pairs(node)] != [path[0]]:
        return False
    return len(path) == 1 or _holds_only(node.value[0][1], path[1:])


def _pairs(node: MappingNode) -> list[tuple[str, Node]]:
    return [(key.value, value) for key, value in node.value]


def _name(node: Node) -> Any:
    found = dict(_pairs(node)).get("name") if isinstance(node, MappingNode) else node
    return found.value if isinstance(found, ScalarNode) else None
