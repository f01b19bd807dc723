"""A confirmation by another metric than accuracy compares its values on the test part, in its own unit."""

from collections.abc import Sequence

import numpy as np
import pytest

from rts_search.analysis.confirmation.decisions import judge
from rts_search.analysis.confirmation.measured import comparison
from rts_search.analysis.confirmation.page import cells, head, markdown
from rts_search.analysis.confirmation.pairs import Contender, Pair, Run
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.confirmation.wording import sentence
from tests.trainables.core.conftest import small_config
from trainables.core.settings.metrics import METRICS

CONFIG = small_config()
NOISE = np.array([0.001, -0.002, 0.0005, 0.0015, -0.001, 0.0])


def verdict_of(metric: str, own: Sequence[float], others: Sequence[float]) -> Verdict:
    """A verdict on one contender and one baseline with these values on the test part."""
    runs = [[Run(CONFIG, None, value) for value in values] for values in (own, others)]
    pair = Pair(Contender(3, CONFIG, 96, "t3"), "sgd", runs[0], runs[1], metric=METRICS[metric])
    image = 0.001 if METRICS[metric].is_share else 0.0
    (judged,) = judge([{"sgd": pair.sample}], 0.05, image)
    return Verdict(9, "", (comparison(pair, judged["sgd"], 1, image, None),), (), look=1, alpha=0.05, image=image)


def test_the_smaller_loss_wins() -> None:
    verdict = verdict_of("val_loss", 0.30 + NOISE, 0.35 - NOISE)
    (row,) = verdict.comparisons
    assert row.outcome == "better"
    assert row.difference == pytest.approx(0.05, abs=1e-3)
    assert row.test_acc == pytest.approx(0.3, abs=1e-3), "the loss itself"
    assert "beats sgd by 0.0500 nats of test_loss (" in sentence(verdict)
    assert head(verdict)[5:7] == ("test_loss", "its test_loss")
    assert cells(row)[5].startswith("0.3000 ± 0.00")
    assert "positive where the trial has the smaller loss" in markdown(verdict, "mine")
    assert Verdict.from_dict(verdict.to_dict()) == verdict


def test_the_larger_loss_is_behind() -> None:
    assert "is behind sgd by 0.0500 nats of test_loss" in sentence(verdict_of("val_loss", 0.35 + NOISE, 0.30 - NOISE))


def test_shares_are_compared_in_points_of_their_name() -> None:
    told = sentence(verdict_of("macro_f1", 0.85 + NOISE, 0.80 - NOISE))
    assert "beats sgd by 5.00 points of macro F1" in told


def test_a_verdict_of_an_earlier_version_is_about_accuracy() -> None:
    values = verdict_of("val_acc", 0.85 + NOISE, 0.80 - NOISE).to_dict()
    for row in values["comparisons"]:
        del row["metric"]
    assert "beats sgd by 5.00 points (" in sentence(Verdict.from_dict(values))
