"""The looks of relaunches, of deleted sweeps and of other sweeps on the same test part are counted."""

from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.confirmation.past_looks import PastLooks, model_of, same_test, told_readers
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.operations.stop import delete
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.workspace import Workspace
from tests.rts_search.analysis.confirmation.played import FACTS, Played, reaching

BETTER, EQUAL = reaching(t3=0.92), reaching()


def beside(played: Played, name: str) -> list[PastLooks]:
    return [PastLooks.of(study) for study in ConfirmationStudy.beside(played.url, name)]


def test_the_looks_of_a_relaunch_are_looks_of_the_same_question(tmp_path: Path) -> None:
    first, again = Played.at(tmp_path).searched(), Played.at(tmp_path, name="again").searched()
    first.confirm(EQUAL, seeds=3)
    alike = beside(first, "again")
    assert [one.name for one in alike] == ["mine"]
    verdict = again.confirm(BETTER, seeds=3, same_question=lambda: alike)
    assert (verdict.look, verdict.alpha) == (2, pytest.approx(0.005))


def test_the_share_that_a_plan_was_promised_is_not_spent_by_others(tmp_path: Path) -> None:
    first = Played.at(tmp_path, settings=("confirm={looks: [3, 5]}",)).searched()
    again = Played.at(tmp_path, name="again").searched()
    first.confirm(BETTER, looks=(3,))
    with pytest.raises(UserError, match="its own 0 and those of mine, have used up or reserved the 5 %"):
        again.confirm(BETTER, seeds=3, same_question=lambda: beside(first, "again"))


def test_a_test_part_is_known_again_whatever_became_of_the_training_images() -> None:
    one = replace(FACTS, test_fingerprint="test")
    assert same_test(one, replace(one, fingerprint="with another split"))
    assert not same_test(one, replace(one, test_fingerprint="other"))
    assert same_test(FACTS, FACTS)
    assert not same_test(FACTS, replace(FACTS, fingerprint="other"))


@pytest.mark.slow
def test_other_sweeps_that_read_the_test_part_are_counted_and_named(tmp_path: Path) -> None:
    first = Played.at(tmp_path).searched()
    other = Played.at(tmp_path, name="other", settings=("model={name: small, options: {width: 9}}",)).searched()
    for played in (first, other):
        played.confirm(EQUAL, seeds=2)
    first.confirm(EQUAL, seeds=3)
    readers = beside(first, "again")
    assert told_readers(readers, [one for one in readers if one.name == "mine"]) == (
        "Other sweeps here whose confirmations have used this test part, with the same model, so that their looks "
        "count here: mine (2 looks); with other models, each with 5 % of its own: other (1 look).",
    )
    assert told_readers([], []) == ()


@pytest.mark.slow
def test_the_looks_of_a_deleted_sweep_stay(tmp_path: Path) -> None:
    workspace = Workspace(Results(tmp_path))
    played = Played(workspace.storage_url).searched()
    played.confirm(EQUAL, seeds=3)
    delete("mine", workspace)
    again = Played(workspace.storage_url).searched()
    (past,) = PastLooks.elsewhere(workspace.storage_url, "mine", workspace.results.deleted_looks)
    assert (past.name, past.num_looks, past.spent) == ("mine, which was deleted", 1, pytest.approx(0.04))
    assert past.model == model_of(ConfirmationStudy.of(workspace.storage_url, again.sweep))
    verdict = again.confirm(BETTER, seeds=3, same_question=lambda: [past])
    assert (verdict.look, verdict.alpha) == (2, pytest.approx(0.005))
    delete("mine", workspace)
    kept = PastLooks.elsewhere(workspace.storage_url, "mine", workspace.results.deleted_looks)
    assert [one.spent for one in kept] == pytest.approx([0.04, 0.005])
