"""The values of an evaluation, against scikit-learn."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss, top_k_accuracy_score
from torch.nn import functional

from trainables.core.training.evaluation import Counts, Evaluation


def evaluated(logits: torch.Tensor, labels: torch.Tensor, batch: int = 7) -> Evaluation:
    counts = Counts()
    for some, wanted in zip(logits.split(batch), labels.split(batch), strict=True):
        counts.add(functional.cross_entropy(some, wanted, reduction="sum"), some, wanted)
    return counts.found()


@pytest.mark.parametrize("classes", [2, 6, 20])
@pytest.mark.parametrize("seed", range(3))
def test_all_values_are_those_of_scikit_learn(classes: int, seed: int) -> None:
    source = np.random.default_rng(seed)
    # Classes of very different sizes: some may be missing, some never predicted.
    labels = torch.from_numpy(np.minimum(source.geometric(0.5, 50) - 1, classes - 1))
    logits = torch.from_numpy(source.normal(size=(50, classes)))
    logits[torch.arange(50), labels] += 1.0
    found, predicted = evaluated(logits, labels), logits.argmax(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of predicted classes without images
        assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted), abs=1e-12)
    assert found.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"), abs=1e-12)
    assert found.accuracy == float((predicted == labels).double().mean())
    assert found.loss == pytest.approx(log_loss(labels, logits.softmax(1), labels=np.arange(classes)), abs=1e-9)
    if classes < 5:
        assert found.top5_acc is None
    else:
        expected = top_k_accuracy_score(labels, logits, k=5, labels=np.arange(classes))
        assert found.top5_acc == pytest.approx(expected, abs=1e-12)


def test_a_model_that_names_one_class_alone_is_not_good_on_unbalanced_data() -> None:
    labels = torch.tensor([0] * 9 + [1])
    found = evaluated(functional.one_hot(torch.zeros(10, dtype=torch.int64), 2).double(), labels)
    assert (found.accuracy, found.balanced_accuracy) == (0.9, 0.5)
    assert found.macro_f1 == pytest.approx(18 / 19 / 2)


def test_a_model_that_says_nothing_is_no_better_than_chance_among_the_top_5() -> None:
    labels = torch.arange(50) % 10
    assert evaluated(torch.zeros(50, 10), labels).top5_acc == 0.5, "equal logits do not count for every class"


def test_values_are_named_as_on_the_test_part() -> None:
    found = evaluated(torch.eye(3), torch.arange(3))
    assert found.tests().keys() == {"test_acc", "test_loss", "test_balanced_accuracy", "test_macro_f1"}
    assert (found.value("val_acc"), found.value("val_loss")) == (1.0, found.loss)
