from dataclasses import replace

import pytest

from rts_search.analysis.latex import escaped
from rts_search.analysis.tasks.table import HEAD, TaskTable
from tests.rts_search.analysis.tasks.made_up import cells
from tests.rts_search.analysis.test_latex import parsed
from trainables.core.settings.metrics import METRICS


def test_the_latex_table_has_all_rows_and_every_special_character_is_escaped() -> None:
    table = TaskTable(cells(effect=8.0))
    columns, rows = parsed(table.latex())
    assert columns == len(HEAD)
    assert {len(row) for row in rows} == {columns}
    assert len(rows) == 1 + 4 * 3 + 3
    assert rows[1][0].strip() == r"data\_0"
    assert [cell.strip() for cell in rows[1]] == [escaped(cell) for cell in table.rows()[0]]


def test_the_page_says_what_holds_on_average_and_how_many_cells_are_won() -> None:
    table = TaskTable(cells(effect=8.0, seeds=8))
    first, *_, counts, how = table.sentences()
    assert first.startswith("RTS is better than sgd on average: +8.")
    assert "over these 4 tasks; over tasks like these, from " in first
    assert counts == "Of 12 single comparisons on 4 tasks, RTS wins 12 and loses 0."
    assert "at most 5 % of such tables call anything better that is not" in how
    assert table.markdown().count("| better |") == 15
    assert "No mean difference to pugd is established" in " ".join(TaskTable(cells()).sentences())


def test_numbers_are_those_of_the_runs() -> None:
    made = cells(effect=2.0)
    frame = TaskTable(made).frame()
    row = frame[(frame.sweep == "task1") & (frame.rival == "pugd")].iloc[0]
    sample = made[1].samples["pugd"]
    assert row["rts_mean"] == pytest.approx(sample.contender.mean())
    assert row["rival_sd"] == pytest.approx(sample.baseline.std(ddof=1))
    assert row["difference"] == pytest.approx((sample.contender - sample.baseline).mean())
    assert row["seeds"] == 5
    told = TaskTable(made).to_dict()["rows"][0]
    assert (told["low_over_tasks"], told["rts_parameters"], told["seeds"]) == (None, None, 5)


def test_losses_have_their_own_digits_and_name() -> None:
    lossy = [replace(one, metric=METRICS["val_loss"]) for one in cells(effect=2.0)]
    table = TaskTable(lossy)
    assert table.head[3] == "rival's loss"
    sample = lossy[0].samples["sgd"]
    assert table.rows()[0][3] == f"{-sample.baseline.mean():.4f} ± {sample.baseline.std(ddof=1):.4f}"
    assert table.rows()[0][5] == f"{(sample.contender - sample.baseline).mean():+.4f}"
