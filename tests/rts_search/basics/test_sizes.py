"""Sizes and times as people write them."""

import pytest

from rts_search.basics.sizes import bytes_of, counted, joined, shown_size, shown_time
from trainables.core.settings.section import ConfigError


@pytest.mark.parametrize(
    ("size", "amount"), [("20GB", 20 * 10**9), ("1.5 kb", 1500), ("7B", 7), (" 3TB ", 3 * 10**12), ("500mb", 5 * 10**8)]
)
def test_a_size_is_read(size: str, amount: int) -> None:
    assert bytes_of(size) == amount


@pytest.mark.parametrize("size", ["", "GB", "20", "-1GB", "0MB", "1e3GB", "20 GiB", "1,5GB", "0.1B"])
def test_text_that_is_not_a_size_is_refused(size: str) -> None:
    with pytest.raises(ConfigError, match="must be a size above 0, such as 500MB"):
        bytes_of(size)


def test_a_size_is_shown_in_the_largest_unit() -> None:
    assert [shown_size(amount) for amount in (0, 999, 1000, 1_500_000, 20 * 10**9)] == [
        "0 B",
        "999 B",
        "1.0 KB",
        "1.5 MB",
        "20.0 GB",
    ]


def test_a_time_is_shown_in_the_largest_unit() -> None:
    assert [shown_time(seconds) for seconds in (0.0068, 59.0, 90.0, 5400.0)] == ["0.0068 s", "59 s", "1.5 min", "1.5 h"]


def test_a_count_has_its_noun_in_singular_or_plural() -> None:
    told = [counted(1, "run"), counted(2000, "run"), counted(0, "CPU"), counted(1.0, "GPU"), counted(0.5, "GPU")]
    assert told == ["1 run", "2,000 runs", "0 CPUs", "1 GPU", "0.5 GPUs"]
    assert [counted(number, "process") for number in (1, 3)] == ["1 process", "3 processes"]


def test_words_are_joined_as_in_a_sentence() -> None:
    assert [joined(list(words)) for words in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
