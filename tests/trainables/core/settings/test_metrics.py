"""Every metric has one name in settings, records and tables, and says which values are better."""

from dataclasses import fields
from typing import get_args

from rts_search.study.trials import EpochEntry
from rts_search.sweep.sections import MetricName
from trainables.core.history.record import EpochRecord
from trainables.core.settings.metrics import DEFAULT_METRIC, METRICS


def test_every_metric_has_a_field_of_its_name_in_records_and_in_the_study() -> None:
    assert tuple(METRICS) == get_args(MetricName)
    for record in (EpochRecord, EpochEntry):
        assert METRICS.keys() <= {field.name for field in fields(record)}


def test_only_a_loss_is_better_when_it_is_smaller() -> None:
    assert [name for name, metric in METRICS.items() if metric.gain(0.2) < metric.gain(0.1)] == ["val_loss"]
    assert DEFAULT_METRIC.gain(0.25) == 0.25


def test_shares_are_shown_in_percent_and_a_loss_in_nats() -> None:
    loss = METRICS["val_loss"]
    assert (DEFAULT_METRIC.shown(0.9123), loss.shown(0.31234), loss.shown(None)) == ("91.23 %", "0.3123", "")
    assert (DEFAULT_METRIC.plotted(0.5), loss.plotted(0.5), loss.plotted(None)) == (50.0, 0.5, None)
    assert (DEFAULT_METRIC.axis, loss.axis) == ("val_acc in %", "val_loss in nats")
    assert (DEFAULT_METRIC.amount(-0.0041, sign=True), loss.amount(0.0123)) == ("-0.41", "0.0123")
