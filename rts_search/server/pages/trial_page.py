"""The page of one trial: curves, schedules as they acted, settings and what sets them apart, sharing, cost, machine."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rts_search.analysis.report.line_chart import Line, line_chart
from rts_search.analysis.shared_with import given, parent_of, taken
from rts_search.analysis.trial_facts import TrialFacts, differences, lines_about
from rts_search.basics.log_tail import log_tail
from rts_search.basics.yaml_text import yaml_text
from rts_search.server.api.parameters import Name, Number
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.problems import Problem
from rts_search.server.snapshots import Snapshot
from rts_search.server.state import state_of
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from trainables.core.history.store import Store

LOG_LINES = 400
"""So many of the last lines of the log are looked through."""
ACTED = {
    "learning_rate": "learning rate",
    "radius": "radius",
    "scale": "scale",
    "grad_norm": "norm of the gradient",
}
"""Name in the records -> title of the chart."""

router = APIRouter(include_in_schema=False)


@router.get("/sweeps/{name}/trials/{number}")
def trial(request: Request, name: Name, number: Number) -> HTMLResponse:
    """One trial."""
    identity, state = user_of(request), state_of(request)
    snapshot, workspace = state.snapshots.get(name), state.settings.workspace
    if number >= len(snapshot.entries):
        raise Problem(404, f"{name}: has {len(snapshot.entries)} trials, so there is no trial {number}")
    entry, board = snapshot.entries[number], snapshot.board
    facts = TrialFacts(entry, Store(workspace.results.store_url))
    against = _against(snapshot, entry)
    return page(
        "trial.html",
        identity,
        sweep=name,
        trials=len(snapshot.entries),
        entry=entry,
        trained_now=entry.state == "RUNNING" and not entry.held and state.snapshots.driver(name) is not None,
        row=board.rows([entry])[0],
        ranked=len(board.ranking),
        board=board,
        metric=snapshot.study.sweep.objective.measure,
        facts=facts,
        charts=_charts(snapshot, entry, facts, against),
        against=against,
        differing=differences(entry, against),
        config=yaml_text(entry.config) if entry.config else "",
        taken=taken(entry, snapshot.entries),
        given=given(entry, snapshot.entries),
        contenders=_contenders(snapshot, entry),
        finalist=(snapshot.current.verdict or {}).get("winner") == number,
        won=snapshot.current.won,
        log=lines_about(number, log_tail(snapshot.paths.log, LOG_LINES))[-20:],
        options=workspace.options(),
    )


def _contenders(snapshot: Snapshot, entry: TrialEntry) -> int | None:
    """How many contenders a confirmation needs to have this trial among them; None where it cannot be one."""
    ranked = [other.number for other in snapshot.board.ranking if other.arm == RTS]
    return 1 + ranked.index(entry.number) if entry.number in ranked else None


def _against(snapshot: Snapshot, entry: TrialEntry) -> dict[str, TrialEntry]:
    """The trials to which this one is compared, by what they are: the best, the best baseline, the parent."""
    best = next((other for other in snapshot.board.ranking if other.arm == RTS), None)
    parent = parent_of(entry, snapshot.entries)
    found = {
        "the best of the search": best,
        "the best baseline": snapshot.board.baseline,
        "its parent": None if parent is None else snapshot.entries[parent],
    }
    return {what: other for what, other in found.items() if other is not None and other.number != entry.number}


def _charts(snapshot: Snapshot, entry: TrialEntry, facts: TrialFacts, against: dict[str, TrialEntry]) -> list[Any]:
    """Title and SVG of each chart that has something to show."""
    metric = snapshot.study.sweep.objective.measure
    own = Line(f"trial {entry.number}", _curve(entry, metric))
    others = [
        Line(what, _curve(other, metric), "base" if what == "the best baseline" else "other")
        for what, other in against.items()
        if what != "its parent"
    ]
    losses = [Line("validation", [epoch.val_loss for epoch in entry.epochs])]
    losses.append(Line("training", facts.values("train_loss"), "other"))
    charts = [
        (metric.axis, [own, *others], metric.axis),
        ("loss in nats", losses, "loss"),
        *((title, [Line(own.label, facts.values(name))], title) for name, title in ACTED.items()),
    ]
    drawn = ((title, [line for line in lines if line.drawn], said) for title, lines, said in charts)
    return [(title, lines, line_chart(lines, said)) for title, lines, said in drawn if lines]


def _curve(entry: TrialEntry, metric: Any) -> list[float | None]:
    return [metric.plotted(getattr(epoch, metric.name)) for epoch in entry.epochs]
