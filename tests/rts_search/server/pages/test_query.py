"""The query string of a page."""

from rts_search.server.pages.query import MOST_LETTERS, PageQuery, Shown


def test_a_link_shows_the_same_again() -> None:
    query = PageQuery.of({"words": "a b", "sort": "best", "falling": "yes", "page": "3", "unknown": "x"})
    assert query == PageQuery("a b", "best", "yes", 3)
    assert query.link(page=query.page) == "?words=a+b&sort=best&falling=yes&page=3"
    assert query.link(words="") == "?sort=best&falling=yes"
    assert PageQuery().link() == "?"


def test_what_is_no_number_of_a_page_is_the_first_one() -> None:
    for text in ("0", "-1", "x", "", "²", "99999999999999999999"):
        query = PageQuery.of({"page": text})
        assert Shown.of(list(range(5)), query.page, 2).page == 1
    assert len(PageQuery.of({"words": "x" * 10_000}).words) == MOST_LETTERS


def test_the_head_of_a_column_turns_its_order_round() -> None:
    query = PageQuery()
    assert query.sorted_by("best", falls_first=True) == "?sort=best&falling=yes"
    sorted_now = PageQuery(sort="best", falling="yes")
    assert sorted_now.sorted_by("best", falls_first=True) == "?sort=best"
    assert [query.order("best"), sorted_now.order("best"), PageQuery(sort="best").order("best")] == [
        *("none", "descending", "ascending")
    ]


def test_rows_without_a_value_are_last_in_either_order_and_numbers_come_before_texts() -> None:
    rows = [3, None, "b", 1, "A"]
    assert PageQuery().sorted(rows, lambda row: row) == [1, 3, "A", "b", None]
    assert PageQuery(falling="yes").sorted(rows, lambda row: row) == ["b", "A", 3, 1, None]


def test_a_page_beyond_the_last_is_the_last() -> None:
    assert Shown.of(list(range(5)), 99, 2) == Shown([4], 5, 3, 3)
    assert Shown.of([], 1, 2) == Shown([], 0, 1, 1)
