"""Answers that are made once and kept compressed, until what they show has changed."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

MOST_BYTES = 64 * 1024 * 1024
"""All kept answers together, compressed. Those that were not asked for the longest are forgotten first."""
LEVEL = 4
"""Of gzip: 9 saves a tenth of the bytes, and takes four times as long."""
LOCKS = 64


@dataclass(frozen=True)
class KeptAnswer:
    """The answer to a request."""

    body: bytes
    """Compressed by gzip."""
    headers: dict[str, str]
    version: object
    """What the answer was made from."""

    @classmethod
    def of(cls, answer: Response, version: object) -> "KeptAnswer":
        """Keep an answer that has just been made."""
        body = bytes(answer.body)
        named = {
            name: answer.headers[name]
            for name in ("content-type", "content-disposition", "cache-control")
            if name in answer.headers
        }
        tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        headers = {"cache-control": "private, no-cache", **named, "etag": f'W/"{tag}"', "vary": "Accept-Encoding"}
        return cls(gzip.compress(body, LEVEL, mtime=0), headers, version)

    @property
    def text(self) -> str:
        """What the answer says."""
        return gzip.decompress(self.body).decode()

    def to(self, request: Request) -> Response:
        """The answer to this request: 304 where the client has it already, compressed where it can read that."""
        if self.headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=self.headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.body, headers={**self.headers, "content-encoding": "gzip"})
        return Response(gzip.decompress(self.body), headers=self.headers)


class KeptAnswers:
    """The answers of one service. Several threads may use it; an answer is made by one of them at a time."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[Hashable, KeptAnswer] = OrderedDict()
        self._lock = threading.Lock()
        self._making = [threading.Lock() for _ in range(LOCKS)]

    def get(self, request: Request, key: Hashable, version: object, make: Callable[[], Response]) -> Response:
        """The answer to a request, made by `make` unless it is kept in this version.

        Args:
            request: to answer.
            key: what is asked for, and by whom where the answer depends on that.
            version: everything that the answer depends on besides; compared by `==`.
            make: makes the answer, with status 200. What it raises is not kept.
        """
        found = self._of(key, version)
        if found is None:
            with self._making[hash(key) % LOCKS]:
                found = self._of(key, version)
                if found is None:
                    found = KeptAnswer.of(make(), version)
                    self._keep(key, found)
        return found.to(request)

    def _of(self, key: Hashable, version: object) -> KeptAnswer | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or found.version != version:
                return None
            self._kept.move_to_end(key)
            return found

    def _keep(self, key: Hashable, answer: KeptAnswer) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += len(answer.body) - (0 if before is None else len(before.body))
            self._kept[key] = answer
            while self._bytes > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.body)
