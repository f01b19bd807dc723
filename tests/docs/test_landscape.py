"""The page on the landscape shows the table of the kept landscape, which its picture shows, too."""

from rts_search.analysis.landscape.table import cells, head
from rts_search.study.landscape_record import read_landscape
from scripts.pictures import LITTLE, NAME, kept_landscape
from tests.docs.documents import text_of


def test_the_table_is_that_of_the_kept_landscape() -> None:
    kept = read_landscape(kept_landscape(NAME))
    assert kept is not None
    text = text_of("docs/landscape.md")
    for row in (head(kept), *cells(kept)):
        assert f"| {' | '.join(row)} |" in text
    assert f"{kept.gradient_evaluations:,} gradient evaluations" in text
    assert " ".join(LITTLE) in text
