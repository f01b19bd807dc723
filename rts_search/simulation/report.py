"""What simulated sweeps came to, to be read by people and by scripts."""

from dataclasses import asdict, dataclass
from typing import Any

from rts_search.simulation.experiment import REGRET, HeldOut, Score, Setting
from rts_search.sweep_sections import SchedulerConfig

HEAD = (
    *("sampler", "scheduler", "grace", "factor", "mean over", "cost", "regret", "90 %", "best kept"),
    *("rival", "regret", "90 %"),
)


@dataclass(frozen=True)
class Row:
    """One setting beside the rival at its cost."""

    setting: Setting
    score: Score
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
    own_held_out: Score | None
    """The sweep's own scheduler on halves of the kinds of runs."""
    held_out: HeldOut | None
    """The choice, made on one half of the kinds of runs and tried on the other."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **{name: getattr(self, name) for name in ("curves", "runs", "epochs", "orders", "workers")},
            "rows": [row.to_dict(self.epochs) for row in self.rows],
            "recommended": None if self.recommended is None else self.recommended.scheduler.model_dump(),
            "own_held_out": None if self.own_held_out is None else asdict(self.own_held_out),
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
            "of accuracy from the best run to the best that was completed, median and 90th percentile. rival: so many "
            "runs, each to its end, at no more cost.",
            *self._advice(),
        ]

    def _advice(self) -> list[str]:
        found = []
        if self.own_held_out is not None:
            found.append(f"The sweep's own scheduler on halves of the kinds of runs: {_told(self.own_held_out)}.")
        if self.held_out is not None:
            found.append(
                f"The cheapest that loses at most {REGRET} points, chosen on one half of the kinds and tried on the "
                f"other ({self.held_out.choices} choices): {_told(self.held_out.score)}."
            )
        if self.recommended is None:
            return [*found, f"Recommended: `scheduler: none`; every other setting loses more than {REGRET} points."]
        asked = self.recommended.scheduler
        values: dict[str, str] = {"name": asked.name}
        if asked.name != "none":
            names = ("grace_fraction", "reduction_factor", "smoothing_fraction", "promotion")
            values |= {name: str(getattr(asked, name)).lower() for name in names}
        shown = ", ".join(f"{name}: {value}" for name, value in values.items())
        return [*found, f"Recommended: `scheduler: {{{shown}}}`"]


def _told(score: Score) -> str:
    return (
        f"{100 * score.cost:.0f} % of the cost, regret {score.regret:.2f} in the median and {score.regret_90:.2f} at "
        "the 90th percentile"
    )
