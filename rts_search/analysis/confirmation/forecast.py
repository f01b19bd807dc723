"""What a confirmation may come to, from the sweep file alone: how many runs, and how much they cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rts_search.analysis.confirmation.equal_cost import equal_epochs
from rts_search.sweep.confirm_section import ConfirmConfig
from rts_search.sweep.sweep import SweepFile
from search_spaces.space import Space


@dataclass(frozen=True)
class Runs:
    """So many runs that take the same."""

    number: int
    epochs: tuple[tuple[int, int], ...]
    """Parts of a run: how many epochs, and the gradient evaluations of each of their steps."""

    @property
    def passes(self) -> int:
        """Gradient evaluations of one run, in epochs of SGD: one of PUGD counts 2."""
        return sum(number * gradients for number, gradients in self.epochs)


@dataclass(frozen=True)
class Extent:
    """All runs of a confirmation; every one is trained to its end."""

    screening: tuple[Runs, ...]
    measured: tuple[Runs, ...]
    """On the seeds on which contenders and baselines are compared; their test accuracy is read."""

    def __iter__(self) -> Iterator[Runs]:
        yield from self.screening
        yield from self.measured

    @property
    def runs(self) -> int:
        """How many there are."""
        return sum(some.number for some in self)

    def gradient_evaluations(self, steps_per_epoch: int) -> int:
        """Of all runs, each as if it were alone."""
        return steps_per_epoch * sum(some.number * some.passes for some in self)


@dataclass(frozen=True)
class Scope:
    """What a confirmation may come to."""

    settings: ConfirmConfig
    in_file: bool
    """Whether the sweep file has the section, so that `launch` ends with it; otherwise these are the defaults."""
    contenders: int
    """No more than there are trials."""
    baselines: int
    """How many each of them faces."""
    least: Extent
    """One contender stays, as cheap as the space allows, and the first of planned looks decides."""
    most: Extent
    """All contenders stay, all as dear as the space allows."""

    @property
    def runs(self) -> tuple[int, int]:
        """How many, the least and the most."""
        return self.least.runs, self.most.runs

    def gradient_evaluations(self, steps_per_epoch: int) -> tuple[int, int]:
        """The least and the most, the budget left aside."""
        return self.least.gradient_evaluations(steps_per_epoch), self.most.gradient_evaluations(steps_per_epoch)

    @property
    def looks(self) -> tuple[int, ...]:
        """Seeds on which contenders and baselines are measured: at each planned look, or the only one."""
        return self.settings.looks or (self.settings.seeds,)

    @property
    def screening_seeds(self) -> int:
        """Seeds of the screening; one contender alone needs none."""
        return self.settings.screening_seeds if self.contenders > 1 else 0

    @property
    def limits(self) -> dict[str, float]:
        """What the section's budget allows at most, by its names: gradient_evaluations, hours, gpu_hours."""
        return {} if self.settings.budget is None else self.settings.budget.model_dump(exclude_none=True)

    def within(self, name: str, amount: float) -> float:
        """An amount, or the budget's limit of it where that is less."""
        return min(amount, self.limits.get(name, amount))

    @property
    def notes(self) -> list[str]:
        """What a reader has to know besides the numbers."""
        told = []
        if self.limits:
            told.append(f"confirm.budget ends it at {_shown(self.limits)}")
        if self.in_file and self.settings.top_k > self.contenders:
            trials = counted(self.contenders, "trial")
            told.append(f"confirm.top_k is {self.settings.top_k}, but the sweep has only {trials}")
        return told

    def at_most(self, steps_per_epoch: int) -> dict[str, Any]:
        """The most that it may come to, as plain values, the budget left aside."""
        return {
            "in_file": self.in_file,
            "contenders": self.contenders,
            "screening_seeds": self.screening_seeds,
            "seeds": self.settings.seeds,
            "runs_at_most": self.most.runs,
            "gradient_evaluations_at_most": self.most.gradient_evaluations(steps_per_epoch),
            "budget": self.limits,
        }

    def sentence(self, sweep: str, steps_per_epoch: int, of_sweep: int) -> str:
        """The same to be read, beside the `of_sweep` gradient evaluations that the sweep itself costs at most."""
        most = self.most.gradient_evaluations(steps_per_epoch)
        told = f"up to {counted(self.most.runs, 'run')} to full length, {most:,} gradient evaluations"
        if not self.in_file:
            return f"Not in the file: `rts-search confirm {sweep}` would by its defaults train {told} besides."
        bounded = self.within("gradient_evaluations", most)
        notes = "".join(f" {note}." for note in self.notes)
        return f"`launch` ends with a confirmation of {told}; {of_sweep + bounded:,} with the sweep.{notes}"


def scope(sweep: SweepFile) -> Scope | None:
    """What the confirmation of a sweep may come to, by its file or by defaults; None without baselines to compare with.

    The bound holds whatever the sweep finds. Not counted are further tries of runs that were lost, and baselines that
    get another cost at a later planned look, where a rule decides the switch and a contender has diverged.
    """
    if not sweep.baselines:
        return None
    settings = sweep.confirm or ConfirmConfig()
    contenders = min(settings.top_k, sweep.num_trials)
    cheapest, dearest, num_costs = _costs(sweep.space, sweep.training.epochs)
    screening = settings.screening_seeds if contenders > 1 else 0

    def extent(staying: int, passes: int, facing: int, seeds: int) -> Extent:
        run = _contender(sweep.training.epochs, passes)
        against = tuple(
            Runs(facing * seeds, ((equal_epochs(one, passes, 1), one.gradients_per_step),)) for one in sweep.baselines
        )
        screened = (Runs(contenders * screening, run),) if screening else ()
        return Extent(screened, (Runs(staying * seeds, run), *against))

    return Scope(
        settings=settings,
        in_file=sweep.confirm is not None,
        contenders=contenders,
        baselines=len(sweep.baselines),
        least=extent(1, cheapest, 1, (settings.looks or (settings.seeds,))[0]),
        # Contenders of one cost face the same baselines, which are trained once.
        most=extent(contenders, dearest, min(contenders, num_costs), settings.seeds),
    )


def _contender(epochs: int, passes: int) -> tuple[tuple[int, int], ...]:
    """The parts of a trial that costs so much: SGD, then PUGD."""
    pugd = passes - epochs
    return tuple((number, gradients) for number, gradients in ((epochs - pugd, 1), (pugd, 2)) if number)


def _costs(space: Space, epochs: int) -> tuple[int, int, int]:
    """The least and the most that a trial may cost, in epochs of SGD, and how many different costs there are.

    A radius of 0 makes an epoch as cheap as SGD, and an adaptive rule may start PUGD in any epoch or never.
    """
    timing, radius = space.timing, space.radius
    rules = timing.rule.values() or ()
    switch = timing.switch_epoch if "epoch" in rules else None
    lowest = switch.lowest if switch is not None and set(rules) == {"epoch"} else 0
    dearest = 2 * epochs - lowest
    may_vanish = any(part is not None and part.lowest <= 0 for part in (radius.value, radius.beta_min))
    if switch is None or set(rules) != {"epoch"} or may_vanish:
        return epochs, dearest, dearest - epochs + 1
    return 2 * epochs - switch.highest, dearest, switch.size or 1


def _shown(limits: dict[str, float]) -> str:
    names = {"gradient_evaluations": "gradient evaluations", "hours": "hours", "gpu_hours": "GPU hours"}
    return " or ".join(f"{limit:,g} {names[name]}" for name, limit in limits.items())


def counted(number: int, what: str) -> str:
    """1 run, 2 runs."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
