"""A name that is not known gets a suggestion, if a known one is similar."""

import pytest

from search_spaces.hints import did_you_mean


@pytest.mark.parametrize(
    ("name", "hint"), [("cosin", " (did you mean cosine?)"), ("sinus", " (did you mean sine?)"), ("x", ""), ("", "")]
)
def test_the_most_similar_known_name_is_suggested_or_none(name: str, hint: str) -> None:
    assert did_you_mean(name, {"cosine": 1, "sine": 2, "constant": 3}) == hint
