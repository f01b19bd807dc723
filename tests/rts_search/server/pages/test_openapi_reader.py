"""The OpenAPI document as the page of the API shows it."""

from typing import Any

import pytest

from rts_search.server.pages.openapi_reader import kind_of, objects, operations
from tests.rts_search.server.held import Held

ADDRESS = "http://here"


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 100}, "integer, 1 to 100"),
        ({"type": "integer", "minimum": 0, "exclusiveMaximum": 2**31}, "integer, at least 0"),
        ({"enum": ["csv", "json", "parquet"]}, "csv, json or parquet"),
        ({"const": "csv"}, "csv"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/TrialView"}}, "list of TrialView"),
        ({"type": "number", "maximum": 1}, "number, at most 1"),
        ({}, "any"),
    ],
)
def test_a_type_is_told_in_words(schema: dict[str, Any], told: str) -> None:
    assert kind_of(schema) == told


def test_every_request_of_the_service_is_described(held: Held) -> None:
    document = held.app.openapi()
    found = operations(document, ADDRESS)
    assert len(found) == sum(len(item) for item in document["paths"].values())
    assert all(one.summary and one.command for one in found)
    extend = next(one for one in found if one.path.endswith("/extend"))
    fields = {value.name: value for value in extend.values if value.place == "body"}
    assert (fields["trials"].kind, fields["trials"].required) == ("integer, 1 to 1,000,000", True)
    assert "Number of trials in all" in fields["trials"].told
    assert "-X POST -H 'Content-Type: application/json' -d '{}'" in extend.command
    assert extend.command.endswith(f" {ADDRESS}/api/sweeps/NAME/extend")


def test_the_fields_of_answers_have_their_meaning(held: Held) -> None:
    document = held.app.openapi()
    fields = {field.name: field.told for field in objects(document)["SweepSummary"]}
    assert fields["trained_seconds"].startswith("How long at least one trial was being trained")
    answers = {(one.method, one.path): one.answer for one in operations(document, ADDRESS)}
    assert answers["GET", "/api/sweeps/{name}"] == "SweepSummary"
