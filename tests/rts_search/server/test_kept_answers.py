"""An answer is made once, kept compressed, and made again when what it shows has changed."""

import gzip
import threading
import time

import pytest
from starlette.requests import Request
from starlette.responses import Response

from rts_search.server.kept_answers import KeptAnswers

TEXT = "accuracy " * 1000


def asked(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": pairs})


class Maker:
    """Makes answers that differ, and counts them."""

    def __init__(self, text: str = TEXT) -> None:
        self.made, self._text = 0, text

    def __call__(self) -> Response:
        time.sleep(0.01)
        self.made += 1
        return Response(f"{self.made} {self._text}", media_type="text/csv", headers={"Content-Disposition": "here"})


def test_an_answer_is_made_again_only_in_another_version() -> None:
    kept, make = KeptAnswers(), Maker()
    for version, made in (("v1", 1), ("v1", 1), ("v2", 2), ("v2", 2), ("v1", 3)):
        assert kept.get(asked(), "table", version, make).body == f"{made} {TEXT}".encode()
    assert kept.get(asked(), "other", "v1", make).body.startswith(b"4 ")


def test_a_client_gets_it_compressed_only_if_it_can_read_that() -> None:
    kept, make = KeptAnswers(), Maker()
    packed, plain = (kept.get(asked(**how), 0, 0, make) for how in ({"accept_encoding": "gzip, br"}, {}))
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 10
    for answer in (packed, plain):
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == "here"
        assert answer.headers["vary"] == "Accept-Encoding"


def test_a_client_that_has_it_gets_304_until_it_changes() -> None:
    kept, make = KeptAnswers(), Maker()
    tag = kept.get(asked(), 0, "v1", make).headers["etag"]
    again = kept.get(asked(if_none_match=tag), 0, "v1", make)
    assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    changed = kept.get(asked(if_none_match=tag), 0, "v2", make)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_the_bytes_are_bounded_and_the_oldest_is_forgotten_first() -> None:
    makers = {
        key: Maker("".join(chr(33 + (key * 31 + place * place) % 90) for place in range(4000))) for key in range(4)
    }
    size = len(gzip.compress(makers[0]().body, 4))
    kept = KeptAnswers(most_bytes=int(2.9 * size))
    for key in (0, 1, 0, 2, 0):
        kept.get(asked(), key, 0, makers[key])
    assert [makers[key].made for key in (0, 1, 2)] == [2, 1, 1], "0 was asked for again, so 1 went"
    kept.get(asked(), 1, 0, makers[1])
    assert makers[1].made == 2


def test_an_answer_larger_than_the_bound_is_given_and_not_kept() -> None:
    kept, make = KeptAnswers(most_bytes=10), Maker()
    assert [kept.get(asked(), 0, 0, make).body[:2] for _ in range(2)] == [b"1 ", b"2 "]


def test_an_error_is_not_kept() -> None:
    kept = KeptAnswers()

    def fail() -> Response:
        raise ValueError("lost")

    for _ in range(2):
        with pytest.raises(ValueError, match="lost"):
            kept.get(asked(), 0, 0, fail)
    assert kept.get(asked(), 0, 0, Maker()).status_code == 200


def test_clients_that_ask_at_the_same_time_wait_for_one_answer() -> None:
    kept, make = KeptAnswers(), Maker()
    threads = [threading.Thread(target=lambda: kept.get(asked(), 0, 0, make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert make.made == 1
