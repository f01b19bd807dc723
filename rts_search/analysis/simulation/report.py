"""What simulated sweeps came to, to be read by people and by scripts."""

from dataclasses import asdict, dataclass
from typing import Any

from rts_search.analysis.simulation.experiment import REGRET, HeldOut, Score, Setting
from rts_search.sweep.sections import SchedulerConfig

HEAD = (
    *("sampler", "scheduler", "grace", "factor", "mean over", "cost", "regret", "90 %", "best kept", "halves 90 %"),
    *("rival", "regret", "90 %"),
)


@dataclass(frozen=True)
class Row:
    """One setting beside the rival at its cost."""

    setting: Setting
    score: Score
    halves: Score | None
    """The same on halves of the kinds of runs, for runs in random order."""
    rival_trials: int
    """So many trials, each to its end, cost at most as much; one at least."""
    rival: Score

    def to_dict(self, epochs: int) -> dict[str, Any]:
        """Plain values; `epochs` of a run."""
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
        """Text for a table."""
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
    """asha, asha with promotion, or none."""
    return f"{scheduler.name} with promotion" if scheduler.promotion and scheduler.name != "none" else scheduler.name


@dataclass(frozen=True)
class Report:
    """All of it."""

    curves: str
    runs: int
    epochs: int
    orders: int
    workers: int
    rows: tuple[Row, ...]
    """The sweep's own scheduler first."""
    recommended: Setting | None
    held_out: HeldOut | None
    """The choice, made on one half of the kinds of runs and tried on the other."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **{name: getattr(self, name) for name in ("curves", "runs", "epochs", "orders", "workers")},
            "rows": [row.to_dict(self.epochs) for row in self.rows],
            "recommended": None if self.recommended is None else self.recommended.scheduler.model_dump(),
            "held_out": None if self.held_out is None else asdict(self.held_out),
        }

    def lines(self) -> list[str]:
        """A table in markdown, and sentences."""
        table = [HEAD, ["---"] * len(HEAD), *(row.cells(self.epochs) for row in self.rows)]
        return [
            f"{self.curves}: {self.runs} recorded runs of {self.epochs} epochs; every line is {self.orders} sweeps in "
            f"random orders, {self.workers} trials at a time.",
            "",
            *(f"| {' | '.join(cells)} |" for cells in table),
            "",
            "The first line is the sweep's own scheduler. cost: share of training every run to its end. regret: points "
            "of accuracy from the best run to the best that was completed, in the median and at the 90th percentile. "
            "halves: the 90th percentile on halves of the kinds of runs. rival: so many runs, each to its end, at no "
            "more cost.",
            *self._advice(),
        ]

    def _advice(self) -> list[str]:
        lines = []
        if self.held_out is not None:
            score = self.held_out.score
            lines.append(
                f"How far a choice carries: the cheapest that loses at most {REGRET} points on one half of the kinds "
                f"costs {100 * score.cost:.0f} % on the other and loses {score.regret:.2f} ({score.regret_90:.2f}); "
                f"{self.held_out.choices} choices."
            )
        if self.recommended is None:
            return [
                *lines,
                f"Recommended: `scheduler: none`; all else loses more than {REGRET} points, or does on halves.",
            ]
        asked = self.recommended.scheduler.model_dump()
        settings = ", ".join(f"{name}: {str(value).lower()}" for name, value in asked.items())
        return [*lines, f"Recommended, the cheapest that loses no more, on halves too: `scheduler: {{{settings}}}`"]
