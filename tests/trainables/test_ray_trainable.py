"""A worker behind the interface of Ray Tune reports what a worker reports."""

from pathlib import Path

from tests.trainables.test_worker import figures, order, reports, worker
from trainables.ray_trainable import RTSTrainable


def test_tune_gets_the_reports_of_a_worker_order_after_order(tmp_path: Path) -> None:
    plain = figures(reports(worker(order(tmp_path / "plain"))))
    trainable = RTSTrainable(config={"order": order(tmp_path / "ray").to_dict()})
    first = [trainable.step() for _ in plain]
    assert trainable.reset_config({"order": order(tmp_path / "ray", 1).to_dict()})
    second = [trainable.step() for _ in plain]
    assert figures(first) == figures(second) == plain
    assert [report["number"] for report in (*first, *second)] == [0, 0, 1, 1]
