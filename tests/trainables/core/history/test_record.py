"""An epoch's record goes through JSON without losing a bit, and anything else is refused."""

import json
from dataclasses import replace

import pytest

from tests.trainables.core.history.test_store import EPOCH
from trainables.core.history.record import StoredEpoch


def test_a_record_comes_back_from_json_as_it_was() -> None:
    assert StoredEpoch.from_dict(json.loads(json.dumps(EPOCH.to_dict()))) == EPOCH
    later = replace(EPOCH, parent="machine", record=replace(EPOCH.record, phase="sgd", radius=None, scale=None))
    assert StoredEpoch.from_dict(json.loads(json.dumps(later.to_dict()))) == later


@pytest.mark.parametrize("name", ["key", "provenance", "parent", "trained_by", "record", "grad_norms", "machine"])
def test_a_record_without_one_of_its_values_is_refused(name: str) -> None:
    values = EPOCH.to_dict()
    del values[name]
    with pytest.raises(KeyError, match=name):
        StoredEpoch.from_dict(values)


def test_figures_with_a_missing_or_an_unknown_name_are_refused() -> None:
    figures = EPOCH.to_dict()["record"]
    for changed in ({**figures, "more": 1}, {name: figures[name] for name in figures if name != "val_acc"}):
        with pytest.raises(TypeError, match=r"more|val_acc"):
            StoredEpoch.from_dict({**EPOCH.to_dict(), "record": changed})
