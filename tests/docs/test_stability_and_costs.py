"""The page on stability and costs shows the tables of the kept courses, as its pictures do, and what was simulated."""

import json

from rts_search.analysis.costs.reaching import usual_value
from rts_search.analysis.costs.table import CostsTable
from rts_search.analysis.stability.table import StabilityTable
from scripts.pictures import FOLDER, NAME, courses_of
from tests.docs.documents import text_of

PAGE = "docs/stability_and_costs.md"


def test_the_tables_are_those_of_the_kept_courses() -> None:
    kept, text = courses_of(NAME), text_of(PAGE)
    assert kept is not None
    sections = StabilityTable(kept).section, CostsTable(kept, usual_value(kept)).section
    (steady,), (needs, equal, compared) = (section.tables for section in sections)
    for table in (steady, needs, compared):
        for row in (table.head, *table.rows):
            assert f"| {' | '.join(row)} |" in text
    for row in (equal.head, *equal.rows[3::4]):
        assert f"| {' | '.join(row)} |" in text


def test_the_shares_are_those_that_were_measured() -> None:
    text = text_of(PAGE)
    names = ("exact", "brookmeyer_crowley", "false_cost", "false_usual", "mean", "false_value")
    for line in (FOLDER / "courses.jsonl").read_text().splitlines():
        found = json.loads(line)
        if "kind" in found:
            shares = [f"{100 * found[name] / found['sweeps']:.1f} %" for name in names]
            assert f"| {found['kind']} | {found['seeds']} | {' | '.join(shares)} |" in text
