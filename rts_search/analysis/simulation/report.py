"""The report of a simulation, as text and as plain values."""

from dataclasses import asdict, dataclass
from typing import Any

from rts_search.analysis.formats import markdown_table
from rts_search.analysis.simulation.experiment import REGRET, HeldOut, Score, Setting
from rts_search.sweep.sections import SchedulerConfig
from trainables.core.settings.metrics import Metric

HEAD = (
    *("sampler", "scheduler", "grace", "factor", "mean over", "cost", "regret", "90 %", "best kept", "halves 90 %"),
    *("rival", "regret", "90 %"),
)


@dataclass(frozen=True)
class Row:
    """One setting, beside the rival without early stops at the same cost."""

    setting: Setting
    score: Score
    halves: Score | None
    """Score on halves of the kinds of runs, in random order."""
    rival_trials: int
    """Number of trials of the rival: as many as cost at most the same, at least one."""
    rival: Score

    def to_dict(self, epochs: int) -> dict[str, Any]:
        """The row as plain values; `epochs` is the number of epochs of a run."""
        scheduler = self.setting.scheduler
        return {
            "sampler": self.setting.sampler,
            "scheduler": name_of(scheduler),
            "grace_epochs": round(scheduler.grace_fraction * epochs, 1),
            **scheduler.model_dump(exclude={"name"}),
            **asdict(self.score),
            "regret_90_on_halves": None if self.halves is None else self.halves.regret_90,
            "cost_on_halves": None if self.halves is None else self.halves.cost,
            "rival_trials": self.rival_trials,
            "rival_regret": self.rival.regret,
            "rival_regret_90": self.rival.regret_90,
        }

    def cells(self, epochs: int) -> list[str]:
        """The row as cells of the table."""
        scheduler, score = self.setting.scheduler, self.score
        stops = scheduler.name != "none"
        where = [
            f"{scheduler.grace_fraction * epochs:.3g}",
            f"{scheduler.reduction_factor:.3g}",
            str(max(1, round(scheduler.smoothing_fraction * epochs))),
        ]
        return [
            self.setting.sampler,
            name_of(scheduler),
            *(where if stops else [""] * len(where)),
            f"{100 * score.cost:.0f} %",
            f"{score.regret:.2f}",
            f"{score.regret_90:.2f}",
            f"{100 * score.keeps_best:.0f} %",
            "" if self.halves is None else f"{self.halves.regret_90:.2f}",
            f"{self.rival_trials} trials",
            f"{self.rival.regret:.2f}",
            f"{self.rival.regret_90:.2f}",
        ]


def name_of(scheduler: SchedulerConfig) -> str:
    """Name of a scheduler: asha, asha with promotion, or none."""
    return f"{scheduler.name} with promotion" if scheduler.promotion and scheduler.name != "none" else scheduler.name


@dataclass(frozen=True)
class Report:
    """The report of a simulation."""

    metric: Metric
    """The objective's."""
    curves: str
    runs: int
    epochs: int
    orders: int
    workers: int
    rows: tuple[Row, ...]
    """The sweep's own scheduler first."""
    recommended: Setting | None
    held_out: HeldOut | None
    """How a choice that was made on one half of the kinds of runs performs on the other."""

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            **{name: getattr(self, name) for name in ("curves", "runs", "epochs", "orders", "workers")},
            "rows": [row.to_dict(self.epochs) for row in self.rows],
            "recommended": None if self.recommended is None else self.recommended.scheduler.model_dump(),
            "held_out": None if self.held_out is None else asdict(self.held_out),
        }

    def lines(self) -> list[str]:
        """The report as lines: a table in Markdown, and sentences."""
        return [
            f"{self.curves}: {self.runs} recorded runs of {self.epochs} epochs; every line is {self.orders} sweeps in "
            f"random orders, {self.workers} trials at a time.",
            "",
            *markdown_table(HEAD, [row.cells(self.epochs) for row in self.rows]),
            "",
            "The first line is the sweep's own scheduler. cost: gradient evaluations as a share of training every run "
            f"to its last epoch. regret: {self._unit} between the best run and the best completed run, at the "
            "median and the 90th percentile. halves: the 90th percentile on halves of the kinds of runs. rival: "
            "without early stops, as many runs as cost no more.",
            *self._advice(),
        ]

    @property
    def _short(self) -> str:
        return "points" if self.metric.is_share else "nats"

    @property
    def _unit(self) -> str:
        return f"{self._short} of {self.metric.words}"

    def _advice(self) -> list[str]:
        lines = []
        if self.held_out is not None:
            score = self.held_out.score
            lines.append(
                f"Test of the choice on other runs: the cheapest setting that loses at most {REGRET} {self._short} on "
                f"one half of the kinds costs {100 * score.cost:.0f} % on the other and loses {score.regret:.2f} "
                f"{self._short} (90th percentile {score.regret_90:.2f}), over {self.held_out.choices} choices."
            )
        if self.recommended is None:
            return [
                *lines,
                f"Recommended: `scheduler: none`; all others lose more than {REGRET} {self._short}, here or on halves.",
            ]
        asked = self.recommended.scheduler.model_dump()
        settings = ", ".join(f"{name}: {str(value).lower()}" for name, value in asked.items())
        return [*lines, f"Recommended, the cheapest that loses no more, also on halves: `scheduler: {{{settings}}}`"]
