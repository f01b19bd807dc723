"""A verdict is shown only while the trials are those from which it was made; after that, every surface says how to
judge again."""

import json
import re
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rts_search import Sweep
from rts_search.analysis.confirmation.current import CurrentVerdict, current_verdict, read_verdict
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.report.comparison import compare
from rts_search.analysis.report.report import report
from rts_search.basics.files import write_atomically
from rts_search.basics.results_folder import Results
from rts_search.operations.results import export, rebuild_tables
from rts_search.server.app import create_app
from rts_search.server.database.tokens import create_token
from rts_search.server.settings import ServerSettings
from rts_search.server.snapshots import LOOK_SECONDS
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.seen_trials import seen_digest
from rts_search.study.status import may_be_confirmed
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.sections import BudgetConfig
from scripts.pictures import kept_sweep
from tests.rts_search.analysis.report.test_report import COMPARISON
from tests.rts_search.store.swept import EPOCHS, Swept, keys

SENTENCE = "Trial 2 (radius cosine 0.1→1, switch 4, scale 1) beats sgd"
CHANGED = "The sweep has changed since it was confirmed"
AGAIN = "judge again with `rts-search confirm mine"
WINNER = COMPARISON.trial
BUDGET = f"budget.gradient_evaluations={8 * (4 * EPOCHS + 3)}"


def confirm(swept: Swept, study: SweepStudy) -> None:
    """Record a verdict as a confirmation does."""
    planned = ConfirmationStudy.of(swept.results.storage_url, study)
    entries = study.trials()
    told = Verdict(len(entries) - 1, seen_digest(entries), (COMPARISON,), (), look=1, alpha=0.04).to_dict()
    planned.record_verdict({**told, "winner": WINNER, "sentence": "In the words of an earlier version."})
    write_atomically(swept.results.sweep(study.name).confirm_md, f"# mine: confirmed\n\n{SENTENCE}\n")


def an_extension(swept: Swept) -> Callable[[], None]:
    """A sweep that has ended and is confirmed, and what adds a trial to it."""
    study = swept.sweep("mine", "search={sampler: random, trials: 3}")
    for _ in range(study.total):
        swept.train(study, records=True)
    confirm(swept, study)

    def extend() -> None:
        study.extend(4)
        swept.train(study, records=True)

    return extend


def a_resume(swept: Swept) -> Callable[[], None]:
    """A sweep that its budget has ended and that is confirmed, and what finishes its last trial."""
    study = swept.sweep("mine", "search={sampler: random, trials: 4}", BUDGET)
    for _ in range(study.total - 1):
        swept.train(study, records=True)
    held = swept.train(study, 3, "RUNNING", records=True)
    study.open_trials.hold(held.number)
    assert may_be_confirmed(study, study.trials())
    confirm(swept, study)

    def resume() -> None:
        again = SweepStudy.load(swept.results.storage_url, "mine")
        assert [entry.number for entry in again.trials() if entry.held] == [held.number], "it can go on"
        again.allow(BudgetConfig(gradient_evaluations=10_000))
        again.open_trials.take_up(again.trial(held.number))
        for epoch, key in list(enumerate(keys(held)))[3:]:
            shared = swept.store.epoch(key, "here")
            value = 0.5 if shared is None else shared.record.val_acc
            again.open_trials.record_epoch(held.number, EpochEntry(epoch, key, "here", True, 8 * (epoch + 1), value))
        again.open_trials.finish(held.number, "COMPLETE")

    return resume


HISTORIES = {"an extension": an_extension, "a resume after a budget's end, with as many trials": a_resume}


class Surfaces:
    """All that shows a verdict or the best trial of the sweep `mine`, as text."""

    def __init__(self, swept: Swept) -> None:
        self._place = Workspace(swept.results)
        app = create_app(ServerSettings(self._place, requests_per_second=10_000.0))
        token = create_token(app.state.parts.database, "vera", "viewer")
        headers = {"Authorization": f"Bearer {token}"}
        self._client = TestClient(app, base_url="http://localhost", headers=headers)

    def shown(self) -> dict[str, str]:
        """Surface -> what it shows, in one line."""
        asked = {f"API {part}": f"/api/sweeps/mine/{part}" for part in ("report", "compare/other", "figures/verdict")}
        asked |= {f"API best as {form}": f"/api/sweeps/mine/best?format={form}" for form in ("yaml", "json", "python")}
        asked |= {"API": "/api/sweeps/mine", "page": "/sweeps/mine", "compare page": "/compare?first=mine&second=other"}
        found = {surface: self._client.get(url).text for surface, url in asked.items()}
        compared = compare(["mine", "other"], self._place)
        text, said = export("mine", self._place, "yaml")
        rebuild_tables("mine", self._place)
        paths = self._place.results.sweep("mine")
        found |= {
            "report": report("mine", self._place),
            "comparison": compared.markdown() + json.dumps(compared.to_dict()),
            "export": f"{text}{said}",
            "best.yaml": paths.best_yaml.read_text(),
            "confirm.md": paths.confirm_md.read_text(),
            "notebook": self._notebook(),
        }
        plain = {"&#39;": "'", "<code>": "`", "</code>": "`", r"\u2192": "→"}
        for sign, read in plain.items():
            found = {surface: text.replace(sign, read) for surface, text in found.items()}
        plain_texts = {surface: " ".join(text.split()) for surface, text in found.items()}
        return {surface: text.replace("' '", "") for surface, text in plain_texts.items()}  # parts of a Python string

    def _notebook(self) -> str:
        sweep = Sweep.load("mine", self._place.results.folder)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            told = [sweep.verdict(), sweep.best(), [str(one.message) for one in said]]
        return json.dumps(told)


Shown = tuple[dict[str, str], dict[str, str]]


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[pytest.mark.campaign] * (name == "an extension")) for name in HISTORIES],
)
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """What every surface shows before and after; figures take so long here that none is drawn again for a while."""
    swept = Swept(Results(tmp_path_factory.mktemp("swept") / "results"))
    change = HISTORIES[request.param](swept)
    other = swept.sweep("other")
    swept.train(other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rts_search.server.figure_cache.PAUSE", 1e6)
        surfaces = Surfaces(swept)
        before = surfaces.shown()
        change()
        time.sleep(1.2 * LOOK_SECONDS)
        yield before, surfaces.shown()


SAID = ("API", "API report", "page", "report", "export", "best.yaml", "confirm.md", "notebook")
EXPORTED = ("export", "best.yaml", *(f"API best as {form}" for form in ("yaml", "json", "python")), "notebook")
COMPARED = ("comparison", "compare page", "API compare/other")


@pytest.mark.slow
def test_a_verdict_that_holds_is_shown_with_its_winner(shown: Shown) -> None:
    before, _ = shown
    for surface in ("API", "API report", "page", "report", *EXPORTED, "confirm.md"):
        assert SENTENCE in before[surface], surface
        assert AGAIN not in before[surface], surface
    for surface in EXPORTED:
        assert f"trial: {WINNER}" in before[surface].replace("'", "").replace('"', ""), surface
    assert SENTENCE in before["API figures/verdict"]
    for surface in COMPARED:
        assert "`rts-search confirm other --results " in before[surface], surface
        assert "confirm mine" not in before[surface], surface


@pytest.mark.slow
def test_no_surface_shows_an_outdated_verdict_or_its_winner(shown: Shown) -> None:
    _, after = shown
    wrong = [surface for surface in after if SENTENCE in after[surface] and surface != "confirm.md"]
    assert wrong == []
    for surface in EXPORTED:
        assert "trial: 4" in after[surface].replace("'", "").replace('"', ""), surface
    assert after["API figures/verdict"] == "null"


@pytest.mark.slow
def test_every_surface_says_why_and_how_to_judge_again(shown: Shown) -> None:
    _, after = shown
    for surface in SAID:
        assert AGAIN in after[surface], surface
        assert CHANGED in after[surface], surface
    assert after["confirm.md"].index(CHANGED) < after["confirm.md"].index(SENTENCE)
    again = re.compile(r"`rts-search confirm mine --results [^`]+` \(its verdict is outdated\)")
    for surface in COMPARED:
        assert again.search(after[surface]), surface


def test_a_verdict_that_an_earlier_version_recorded_is_not_shown() -> None:
    told = current_verdict("rts-search confirm mine", (), {"winner": WINNER, "sentence": SENTENCE, "selected_among": 0})
    assert told == CurrentVerdict(
        None, f"The verdict was recorded by an earlier version and cannot be checked: {AGAIN}`."
    )


def test_a_sweep_that_was_never_confirmed_says_nothing() -> None:
    assert current_verdict("rts-search confirm mine", (), None) == CurrentVerdict(None, "")


def test_a_kept_verdict_tells_settings_as_tables_do_today(tmp_path: Path) -> None:
    workspace = kept_sweep(tmp_path)
    study, recorded = workspace.load("digits"), ConfirmationStudy.load(workspace.storage_url, "digits").verdict
    assert recorded is not None
    assert "radius cosine 0.866 1.08 training" in recorded["comparisons"][0]["settings"]
    told = read_verdict(study, study.trials(), workspace.storage_url).told
    assert told.startswith("Verdict: Trial 23 (radius cosine 0.87→1.08, switch 0, scale sine 0.89→2.03): No difference")
