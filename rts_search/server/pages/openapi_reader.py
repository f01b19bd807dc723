"""Reads the OpenAPI document of the service into what the page of the API shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "patch", "put", "delete")
HEADER = "curl -H 'Authorization: Bearer TOKEN'"
KINDS = {"string": "text", "array": "list"}


@dataclass(frozen=True)
class Value:
    """A parameter of a request, or a field of a body."""

    name: str
    place: str
    """path, query, header or body; empty for a field of an answer."""
    kind: str
    """Its type in words, such as `csv, json or parquet`."""
    required: bool
    told: str
    """What it means."""


@dataclass(frozen=True)
class Operation:
    """One request of the API."""

    tag: str
    method: str
    path: str
    summary: str
    """Its first sentence."""
    told: str
    """What else there is to say."""
    values: tuple[Value, ...]
    answer: str
    """Name of the object that it answers with; empty where it answers with something else."""
    statuses: tuple[tuple[str, str], ...]
    """Status and description of each answer."""
    command: str
    """The request as a command."""


def operations(document: Mapping[str, Any], address: str) -> list[Operation]:
    """All requests, by tag and in their order. `address`: of the service, without a slash at its end."""
    found = [
        _operation(document, method, path, item[method], address)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    order = list(dict.fromkeys(one.tag for one in found))
    return sorted(found, key=lambda one: order.index(one.tag))


def objects(document: Mapping[str, Any]) -> dict[str, list[Value]]:
    """Name of each object of the API -> its fields."""
    schemas = document["components"]["schemas"]
    return {name: list(_fields(schema, "")) for name, schema in sorted(schemas.items()) if "properties" in schema}


def kind_of(schema: Mapping[str, Any]) -> str:
    """A type in words: `integer, 1 to 100`, `csv, json or parquet`, `list of text`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        return " or ".join(dict.fromkeys(kind_of(one) for one in choices))
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        *names, last = map(str, schema["enum"])
        return f"{', '.join(names)} or {last}" if names else last
    kind = str(schema.get("type", "any"))
    kind = KINDS.get(kind, kind)
    if kind == "list" and schema.get("items"):
        kind = f"list of {kind_of(schema['items'])}"
    return kind + _limits(schema)


def _limits(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return f", {low:,.10g} to {high:,.10g}" if high < 2**31 else f", at least {low:,.10g}"
    return f", at least {low:,.10g}" if low is not None else f", at most {high:,.10g}" if high is not None else ""


def _operation(document: Mapping[str, Any], method: str, path: str, item: Mapping[str, Any], address: str) -> Operation:
    body = item.get("requestBody", {})
    values = [
        Value(one["name"], one["in"], kind_of(one["schema"]), one.get("required", False), one.get("description", ""))
        for one in item.get("parameters", [])
        if one["in"] != "cookie"
    ]
    first, _, rest = item.get("description", item.get("summary", "")).partition(". ")
    answers = item["responses"]
    return Operation(
        tag=(item.get("tags") or ["other"])[0],
        method=method.upper(),
        path=path,
        summary=first.strip().rstrip("."),
        told=rest.strip(),
        values=(*values, *_of_body(document, body)),
        answer=next((_answer(one) for status, one in answers.items() if status < "3"), ""),
        statuses=tuple((status, one["description"]) for status, one in answers.items()),
        command=_command(method, path, body, address),
    )


def _of_body(document: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Value]:
    contents: list[dict[str, Any]] = [*body.get("content", {}).values()]
    schema = contents[0].get("schema", {}) if contents else {}
    references = [schema, *schema.get("anyOf", [])]
    named = next((kind_of(one) for one in references if "$ref" in one), "")
    if named:
        yield from _fields(document["components"]["schemas"][named], "body")
    elif body:
        yield Value("the whole body", "body", "YAML or JSON", True, body.get("description", ""))


def _fields(schema: Mapping[str, Any], place: str) -> Iterator[Value]:
    required = schema.get("required", [])
    for name, one in schema.get("properties", {}).items():
        yield Value(name, place, kind_of(one), name in required, one.get("description", ""))


def _answer(response: Mapping[str, Any]) -> str:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return kind_of(schema) if schema else ""


def _command(method: str, path: str, body: Mapping[str, Any], address: str) -> str:
    """A request with curl, in which capitals stand for what the user fills in."""
    place = path.replace("{", "").replace("}", "")
    for part in (one[1:-1] for one in path.split("/") if one.startswith("{")):
        place = place.replace(f"/{part}", f"/{part.upper()}")
    kinds = body.get("content", {})
    sent = ""
    if "application/yaml" in kinds:
        sent = " -H 'Content-Type: application/yaml' --data-binary @sweep.yaml"
    elif kinds:
        sent = " -H 'Content-Type: application/json' -d '{}'"
    return f"{HEADER}{'' if method == 'get' else f' -X {method.upper()}'}{sent} {address}{place}"
