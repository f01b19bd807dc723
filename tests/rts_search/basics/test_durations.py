import pytest

from rts_search.basics.durations import duration


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0 s"), (59.2, "59 s"), (60, "1 min"), (3599, "1 h"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")],
)
def test_a_duration_has_two_units_at_most(seconds: float, told: str) -> None:
    assert duration(seconds) == told
