"""A metric that says nothing on the data is refused before anything starts."""

import json
from dataclasses import replace

import pytest

from rts_search.basics.errors import UserError
from rts_search.operations.data_check import facts_of, require_metric
from rts_search.study.data_facts import DataFacts
from rts_search.sweep.sections import ObjectiveConfig
from trainables.core.data import load_dataset
from trainables.core.settings.config import DatasetConfig


def test_top_5_needs_more_classes_than_five() -> None:
    data = load_dataset(DatasetConfig("digits"))
    few = replace(data, classes=data.classes[:5])
    require_metric(ObjectiveConfig(metric="top5_acc"), data, "mine")
    require_metric(ObjectiveConfig(metric="macro_f1"), few, "mine")
    with pytest.raises(UserError) as refused:
        require_metric(ObjectiveConfig(metric="top5_acc"), few, "mine")
    assert str(refused.value) == (
        "mine: objective.metric: needs 6 or more classes, but the data has 5: take val_acc or another one, "
        "but got 'top5_acc'"
    )


def test_badly_unbalanced_classes_are_noted_and_older_facts_load() -> None:
    data = load_dataset(DatasetConfig("digits"))
    facts = facts_of(data, 32)
    assert facts.class_counts is not None
    assert sum(facts.class_counts) == facts.train_images
    assert facts.note == ""
    assert (facts.channels, facts.image_size) == (1, 8)
    few = replace(facts, class_counts=[100, 20])  # type: ignore[arg-type]
    assert few == DataFacts(**json.loads(json.dumps(few.to_dict())))
    assert few.note.startswith("The largest class has 100 training images and the smallest 20, so that accuracy says")
    old = {
        name: value for name, value in facts.to_dict().items() if name not in ("class_counts", "channels", "image_size")
    }
    assert DataFacts(**old).note == ""
