"""A sweep in a frame of HTML, as a notebook shows it."""

from typing import TYPE_CHECKING, Any

from rts_search.notebook.html import bar, box, told
from rts_search.notebook.progress import best_of, num_ended

if TYPE_CHECKING:
    from rts_search.study.workspace import Workspace


def summary(name: str, workspace: "Workspace") -> str:
    """The frame. A sweep that cannot be read has a frame that says why."""
    from rts_search.analysis.confirmation.current import read_verdict
    from rts_search.basics.errors import UserError
    from rts_search.study.status import status

    try:
        study = workspace.load(name)
        facts = status(name, workspace)
        current = read_verdict(study, study.trials(), workspace.storage_url)
    except UserError as error:
        return box(name, "cannot be read", [told(str(error))])
    verdict = current.verdict["sentence"] if current.verdict else current.outdated
    ended, cost = num_ended(facts), facts["gradient_evaluations"]
    counts = f"{ended} of {facts['trials']} trials ended, {cost:,} gradient evaluations"
    on = f"{study.sweep.model.name} on {study.sweep.dataset.name}"
    lines = [bar(ended, facts["trials"], counts), told(_best(facts)), told(verdict or _open(facts, workspace))]
    return box(name, f"{facts['state']}, {on}", lines)


def _best(facts: dict[str, Any]) -> str:
    from rts_search.study.lead import lead_told

    if facts["best"] is None:
        return "no completed trial yet"
    lead = lead_told(facts)
    return f"best: {best_of(facts)}{f', {lead}' if lead else ''}"


def _open(facts: dict[str, Any], workspace: "Workspace") -> str:
    """What to do for a verdict; empty as long as nothing can be done."""
    if not facts["can_confirm"]:
        return ""
    confirm = workspace.command("confirm", facts["sweep"])
    return f"One seed each, on the validation part: no difference is established. To test it: {confirm}"
