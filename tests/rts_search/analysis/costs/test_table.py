"""The tables of costs say what is established, and what is not."""

import json
import math
from dataclasses import replace

from rts_search.analysis.costs.reaching import usual_value
from rts_search.analysis.costs.table import CostsTable
from scripts.pictures import NAME, courses_of
from tests.rts_search.analysis.courses.made_up import course, courses

QUICK, SLOW = [0.5, 0.9, 0.9, 0.9], [0.1, 0.2, 0.5, 0.9]
METHODS = {"rts": QUICK, "sgd": SLOW}


def rows(text: str, name: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith((f"| {name} |", f"| {name} (trial"))]


def test_a_difference_on_enough_seeds_is_established_and_with_fewer_it_is_not() -> None:
    def table(seeds: int) -> CostsTable:
        made = {name: [course(seed, values) for seed in range(seeds)] for name, values in METHODS.items()}
        return CostsTable(courses(made), 0.9)

    text = table(6).markdown()
    assert rows(text, "rts") == ["| rts (trial of rts) | 6 | 6 of 6 | 8 | 8 to 8 | 8 |"]
    assert rows(text, "sgd")[0] == "| sgd (trial of sgd) | 6 | 6 of 6 | 16 | 16 to 16 | 16 |"
    assert rows(text, "sgd")[1].endswith("| -8 (-8 to -8) |")
    assert "| after 2 epochs | 90.00 % (88.95 to 91.05) | 20.00 % (18.95 to 21.05) |" in text
    few = table(5).markdown()
    assert rows(few, "rts") == ["| rts (trial of rts) | 5 | 5 of 5 | 8 | not established: needs 6 seeds | 8 |"]
    assert rows(few, "sgd")[1].endswith("| -8, not established: needs 6 seeds |")
    one = table(1).markdown()
    cells = ["+0.00, not established: one seed"] * 3
    assert rows(one, "sgd")[1] == f"| sgd | {' | '.join(cells)} | -8, not established: needs 6 seeds |"


def test_runs_that_never_reach_it_and_runs_that_diverge_are_told() -> None:
    made = courses({
        "rts": [course(seed, QUICK) for seed in range(7)],
        "sgd": [course(seed, [0.1, 0.2]) for seed in range(7)],
        "sam": [*(course(seed, SLOW) for seed in range(6)), course(6, [0.3], diverged=True)],
        "amp": [course(seed, [], diverged=True) for seed in range(7)],
        "asam": [],
    })  # fmt: skip
    table = CostsTable(made, 0.9)
    text = table.markdown()
    assert rows(text, "sgd")[0].endswith("| 0 of 7 | more than half never | 8 to any more | > 8 |")
    assert rows(text, "sam")[0].endswith("| 6 of 7 | 16 | 16 to any more | 16 to never |")
    assert "1 diverged" in text
    assert rows(text, "amp")[0].endswith("| 0 of 7 | more than half never | never | never |"), "in their first epochs"
    assert rows(text, "amp")[1].endswith("| not established: 7 runs diverged | only rts reaches it |")
    assert "No run to compare: asam." in text
    assert "not established: 1 run diverged" in rows(text, "sam")[1]
    lost = CostsTable(replace(made, methods=(made.methods[3], made.methods[0])), 0.9).markdown()
    assert rows(lost, "rts")[1].endswith("| only rts reaches it |")
    longer = "rts (4 epochs), sam (4 epochs)"
    assert f"At 2 epochs, what trains longer is seen before its schedules have ended: {longer}." in text
    found = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    never = next(row for row in found["rows"] if row["axis"] == "to_reach" and row["method"] == "sgd")
    assert (never["median"], never["low"], never["high"], never["difference_high"]) == (None, 8.0, None, 0.0)
    assert (never["reached"], never["difference_established"]) == (0, False)
    assert math.isclose(found["level_of_differences"], 1 - 0.05 / 3)
    equal = next(row for row in found["rows"] if (row["axis"], row["at"], row["method"]) == ("epochs", 2, "sgd"))
    assert equal["difference_established"]
    assert next(row for row in found["rows"] if row["method"] == "rts")["difference_established"] is None


def test_the_kept_digits_establish_nothing_on_5_seeds() -> None:
    kept = courses_of(NAME)
    assert kept is not None
    table = CostsTable(kept, usual_value(kept))
    assert len(table.frame()) == 4 * (4 + 4 + 4 + 1)
    assert all(row["difference_low"] is None for row in table.rows() if row["axis"] == "to_reach")
    assert len(table.section.tables) == 3
    alone = CostsTable(courses({"rts": [course(0, QUICK)]}), 0.9)
    assert len(alone.section.tables) == 2
