"""The cache makes a value again when its data has changed, but only after a pause."""

import threading
import time

from rts_search.server.paced_cache import PacedCache

LONG = 1e9
"""A pause that ends after the test."""


class Maker:
    """Makes 1, 2, 3 and so on, each in some milliseconds."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        time.sleep(0.005)
        self.made += 1
        return self.made


def test_a_value_is_made_once_as_long_as_its_data_is_the_same() -> None:
    cache, make = PacedCache[str, int](0.0), Maker()
    assert [cache.get("one", "v1", make) for _ in range(3)] == [1, 1, 1]
    assert cache.get("two", "v1", make) == 2


def test_changed_data_makes_the_value_again_only_after_its_pause() -> None:
    patient, make = PacedCache[str, int](LONG), Maker()
    assert [patient.get("one", version, make) for version in ("v1", "v2", "v3")] == [1, 1, 1]
    eager, make = PacedCache[str, int](0.0), Maker()
    assert [eager.get("one", version, make) for version in ("v1", "v2", "v3")] == [1, 2, 3]
    paced, make = PacedCache[str, int](20.0), Maker()
    paced.get("one", "v1", make)
    began = time.monotonic()
    while paced.get("one", "v2", make) == 1:
        time.sleep(0.001)
    assert time.monotonic() - began >= 20.0 * 0.005 * 0.9


def test_an_urgent_change_and_a_fresh_request_do_not_wait() -> None:
    cache, make = PacedCache[str, int](LONG), Maker()
    assert cache.get("one", "v1", make, urgent={"winner": 1}) == 1
    assert cache.get("one", "v2", make, urgent={"winner": 1}) == 1
    assert cache.get("one", "v2", make, urgent=None) == 2
    assert cache.get("one", "v2", make, urgent={"winner": 2}) == 3
    assert cache.get("one", "v2", make, fresh=True) == 4


def test_threads_that_ask_for_the_same_value_make_it_once() -> None:
    cache, make = PacedCache[str, int](LONG), Maker()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(cache.get("one", "v1", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8


def test_a_forgotten_value_is_made_again() -> None:
    cache, make = PacedCache[str, int](LONG), Maker()
    for key in ("one", "two"):
        cache.get(key, "v1", make)
    cache.keep_only({"two"})
    assert (cache.get("one", "v1", make), cache.get("two", "v1", make)) == (3, 2)


def test_the_last_made_values_are_kept_where_their_number_is_bounded() -> None:
    cache, make = PacedCache[str, int](LONG, most=2.5), Maker()
    for key in ("one", "two", "three"):
        cache.get(key, "v1", make)
    assert sorted(value for _, value in cache.values()) == [2, 3]
    assert [cache.known(key) for key in ("one", "two")] == [None, 2]
    assert cache.get("one", "v1", make) == 4
    heavy, make = PacedCache[str, int](LONG, most=5.0, weight=float), Maker()
    for key in ("one", "two", "three"):
        heavy.get(key, "v1", make)
    assert sorted(value for _, value in heavy.values()) == [2, 3], "together they weigh 5"
