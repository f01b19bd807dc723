"""A name that is not known gets a suggestion, if a known one is similar or is meant by a word of other programs."""

import pytest

from search_spaces.hints import did_you_mean


@pytest.mark.parametrize(
    ("name", "hint"), [("cosin", " (did you mean cosine?)"), ("sinus", " (did you mean sine?)"), ("x", ""), ("", "")]
)
def test_the_most_similar_known_name_is_suggested_or_none(name: str, hint: str) -> None:
    assert did_you_mean(name, {"cosine": 1, "sine": 2, "constant": 3}) == hint


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("bayes", ("random", "tpe", "cmaes"), " (did you mean tpe?)"),
        ("Successive-Halving", ("asha", "none"), " (did you mean asha?)"),
        ("hyperband", ("cosine",), ""),
    ],
)
def test_a_word_of_other_programs_leads_to_the_name_here(word: str, known: tuple[str, ...], hint: str) -> None:
    assert did_you_mean(word, known) == hint
