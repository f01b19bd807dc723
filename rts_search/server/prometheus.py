"""The metrics for Prometheus: requests are counted when they are answered, sweeps are read when it asks."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rts_search.server.database.job_queue import Jobs
from rts_search.server.event_stream import Events
from rts_search.server.snapshots import Snapshots
from rts_search.server.summaries import all_summaries

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the histogram of response times."""


class Metrics:
    """The metrics of one service."""

    def __init__(self, snapshots: Snapshots, jobs: Jobs, events: Events) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Sweeps(snapshots, jobs, events))
        self._requests = Counter(
            "rts_search_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "rts_search_request_seconds",
            "Seconds from a request to the start of its response.",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. `route` is its path with {name} instead of the value, so that there are few routes."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _Sweeps(Collector):
    """The gauges, which are read when Prometheus asks."""

    def __init__(self, snapshots: Snapshots, jobs: Jobs, events: Events) -> None:
        self._snapshots, self._jobs, self._events = snapshots, jobs, events

    def describe(self) -> list[Metric]:
        """Return no names: otherwise the registry would read all sweeps when the service starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read every gauge."""
        by_sweep = {
            "gradient_evaluations": "Gradient evaluations charged.",
            "gradient_evaluations_spent": "Gradient evaluations computed.",
            "best_val_acc": "val_acc of the best completed trial, in [0, 1].",
            "best_value": "Value of the sweep's metric of the best completed trial.",
            "trials": "Trials by state.",
            "state": "1 for the present state of a sweep.",
        }
        labels = {"best_value": ("sweep", "metric"), "trials": ("sweep", "state"), "state": ("sweep", "state")}
        gauges = {
            name: GaugeMetricFamily(f"rts_search_sweep_{name}", text, labels=labels.get(name, ("sweep",)))
            for name, text in by_sweep.items()
        }
        for one in all_summaries(self._snapshots, self._jobs):
            gauges["gradient_evaluations"].add_metric((one.sweep,), one.gradient_evaluations)
            gauges["gradient_evaluations_spent"].add_metric((one.sweep,), one.gradient_evaluations_spent)
            if one.best is not None:
                gauges["best_val_acc"].add_metric((one.sweep,), one.best.val_acc)
                gauges["best_value"].add_metric((one.sweep, one.best.metric), one.best.value)
            for state in ("completed", "stopped_early", "failed", "unfinished"):
                gauges["trials"].add_metric((one.sweep, state), getattr(one, state))
            gauges["state"].add_metric((one.sweep, one.state), 1)
        yield from gauges.values()
        yield GaugeMetricFamily("rts_search_jobs_waiting", "Jobs in the queue.", len(self._jobs.waiting()))
        running = sum(not job.over for job in self._jobs.driven())
        yield GaugeMetricFamily("rts_search_jobs_running", "Running jobs.", running)
        yield GaugeMetricFamily("rts_search_listeners", "Open event streams.", self._events.listeners)
