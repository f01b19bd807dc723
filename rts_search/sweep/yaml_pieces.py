"""Replacing, adding and removing pieces of a YAML text at the positions of its nodes."""

from collections.abc import Mapping, Sequence
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from rts_search.sweep.yaml_writing import STEP, block, entry, flow, is_section


def replaced(text: str, node: MappingNode, place: int, value: Any) -> str:
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


def inserted(text: str, node: CollectionNode, lines: Sequence[str], inline: str) -> str:
    """Add a key, or an item, behind the last one."""
    if node.flow_style or not node.value:
        last = _end(_last(node)) if node.value else node.start_mark.index + 1
        return text[:last] + (", " if node.value else "") + inline + text[last:]
    first = node.value[0][0] if isinstance(node, MappingNode) else node
    indent = " " * first.start_mark.column
    end = _line_end(text, _end(node))
    return text[:end] + "".join(f"\n{indent}{line}" for line in lines) + text[end:]


def without(text: str, node: CollectionNode, place: int) -> str:
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


def appended(text: str, values: Mapping[str, Any]) -> str:
    """Add keys at the end of the text."""
    lines = "".join(f"{line}\n" for key, value in values.items() for line in entry(key, value))
    return text + ("" if not text or text.endswith("\n") else "\n") + lines


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
