"""`rts-search advise`: what settings did in general, from the trials of sweeps or from recorded curves."""

from collections.abc import Sequence
from pathlib import Path

from rts_search.analysis.advice.advice import LEAST_TRIALS, Advice
from rts_search.analysis.advice.evidence import Evidence, of_curves, of_sweeps
from rts_search.analysis.advice.narrowing import narrowed
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.simulation.recordings import read_sets
from rts_search.basics.errors import UserError
from rts_search.basics.yaml_text import yaml_text
from rts_search.study.workspace import Workspace
from rts_search.sweep.sweep import SweepFile


def advise(names: Sequence[str], curves: Path | None, workspace: Workspace) -> tuple[Advice, SweepFile | None]:
    """Advice from sweeps, or from a file of recorded curves; and the last sweep, None for recorded curves.

    Raises:
        UserError: neither or both are given, a sweep is named twice or cannot be read, or there are too few trials.
    """
    if bool(names) == (curves is not None):
        raise UserError("advise: must have the names of launched sweeps, or --curves, but got " + _given(names, curves))
    if curves is not None:
        return _checked(of_curves(read_sets(curves), "last"), str(curves)), None
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise UserError(f"{twice}: must be named once: its trials would count twice")
    views = [SweepView.of(workspace.load(name)) for name in names]
    metrics = sorted({view.metric.name for view in views})
    if len(metrics) > 1:
        raise UserError(f"{names[-1]}: objective.metric: must be that of all sweeps, but got {', '.join(metrics)}")
    return _checked(of_sweeps(views), ", ".join(names)), views[-1].sweep


def next_sweep(advice: Advice, sweep: SweepFile) -> str:
    """The sweep file of a next sweep, as YAML: that of `sweep` with a space without what is ruled out."""
    space, changed = narrowed(sweep, advice.marginals)
    plain = sweep.to_dict()
    plain["name"] = f"{sweep.name}_next"
    plain["space"] = space.model_dump(mode="json", exclude_none=True)
    plain["search"].pop("points", None)  # points of the earlier space may lie outside of this one
    told = [f"# {name}: now {domain}" for name, domain in changed.items()] or ["# Nothing is ruled out."]
    head = [f"# {sweep.name} again, without the values that its trials have ruled out.", *told]
    return "\n".join(head) + "\n" + yaml_text(plain)


def _checked(evidence: Evidence, place: str) -> Advice:
    ended = len(evidence.scores)
    if ended < LEAST_TRIALS:
        raise UserError(
            f"{place}: must have {LEAST_TRIALS} or more ended trials of the search for advice, but has {ended}: extend "
            "it with `rts-search resume NAME --trials N`, or name more sweeps"
        )
    return Advice(evidence)


def _given(names: Sequence[str], curves: Path | None) -> str:
    return "neither" if not names and curves is None else "both"
