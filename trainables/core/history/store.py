"""The checkpoint store: epoch records and states under their addresses, written atomically, checked when read."""

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainables.core.history.record import StoredEpoch
from trainables.core.settings.metrics import DEFAULT_METRIC

CLAIMS = "claims"
"""Folder of the claims: each says which epochs a running sweep is about to train."""
DIGEST_BYTES = hashlib.sha256().digest_size
WRITTEN = ("mtime", "LastModified", "updated", "created")
"""Names under which the different filesystems report the time at which a file was written."""


class DamagedError(ValueError):
    """A file of the store is incomplete, was changed, or has another format."""


def seal(payload: bytes) -> bytes:
    """Return the payload with its SHA-256 in front."""
    return hashlib.sha256(payload).digest() + payload


def unseal(sealed: bytes, place: str) -> bytes:
    """Return the payload of a sealed file. `place`: named in the error. Raises: DamagedError if its SHA-256 differs."""
    digest, payload = sealed[:DIGEST_BYTES], sealed[DIGEST_BYTES:]
    if hashlib.sha256(payload).digest() != digest:
        raise DamagedError(f"{place}: does not match its checksum")
    return payload


@dataclass(frozen=True)
class StoredFile:
    """A file in the store. Its content has not been checked."""

    path: str
    """Full path in the store's filesystem."""
    key: str
    """Address of the epoch."""
    provenance: str
    """Short name of the machines that trained it."""
    kind: str
    """epoch, state, or partial (a file that its writer has not finished)."""
    size: int
    """Size in bytes."""
    written: float
    """When it was written, in seconds since 1970."""

    @property
    def address(self) -> tuple[str, str]:
        """The pair (key, provenance)."""
        return self.key, self.provenance


class Store:
    """A folder or a bucket, given as an fsspec URL. Many processes may write to it at once.

    Layout: `<key's first two digits>/<key>/<provenance>.epoch` (sealed JSON) and `.state` (sealed safetensors), and
    `claims/<sweep>.claim` (sealed JSON), which says what a running sweep is about to train.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # imported here, since an engine alone needs no store
        from fsspec.implementations.local import LocalFileSystem

        self.url = url
        self._fs, root = fsspec.core.url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)
        self._root = root.rstrip("/")

    def put_epoch(self, epoch: StoredEpoch, metric: str = DEFAULT_METRIC.name) -> None:
        """Write an epoch's record, unless there is a sound one at this address already: the first one stays.

        metric: a value that the record must have; an earlier version's record without it is replaced.
        """
        path = self._path(epoch.key, epoch.provenance, "epoch")
        there = self._read_epoch(path)
        if there is None or not there.record.has(metric):
            self._write(path, seal(json.dumps(epoch.to_dict(), allow_nan=False).encode()))

    def epoch(self, key: str, provenance: str) -> StoredEpoch | None:
        """Return the record at this address, or None when there is none or it is damaged."""
        return self._read_epoch(self._path(key, provenance, "epoch"))

    def epochs(self, key: str) -> list[StoredEpoch]:
        """Return all undamaged records under this key, one per provenance, sorted by provenance."""
        found = [self._read_epoch(path) for path in self._listed(self._folder(key)) if path.endswith(".epoch")]
        return [epoch for epoch in found if epoch is not None]

    def put_state(self, key: str, provenance: str, payload: bytes) -> None:
        """Write the state at this address, in place of an earlier one."""
        self._write(self._path(key, provenance, "state"), seal(payload))

    def has_state(self, key: str, provenance: str) -> bool:
        """Whether there is a state at this address. It may be damaged."""
        return bool(self._fs.exists(self._path(key, provenance, "state")))

    def state(self, key: str, provenance: str) -> bytes:
        """Return the state at this address. Raises: DamagedError, FileNotFoundError."""
        path = self._path(key, provenance, "state")
        return unseal(self._fs.cat_file(path), path)

    def drop_state(self, key: str, provenance: str, written: float | None = None) -> None:
        """Delete the state at this address. With `written`, delete it only if it was written at that time."""
        if written is None or self.state_written(key, provenance) == written:
            self._remove(self._path(key, provenance, "state"))

    def state_written(self, key: str, provenance: str) -> float | None:
        """Return when the state at this address was written, in seconds since 1970; None when there is none."""
        try:
            return _written(self._fs.info(self._path(key, provenance, "state")))
        except FileNotFoundError:
            return None

    def put_claim(self, name: str, payload: bytes) -> None:
        """Write what the sweep of this name is about to train, in place of its earlier claim."""
        self._write(self._claim_path(name), seal(payload), lasting=False)

    def claims(self) -> dict[str, bytes]:
        """Return sweep name -> payload of its claim. Damaged claims are left out."""
        found = {}
        for path in self._listed(f"{self._root}/{CLAIMS}"):
            name, _, kind = path.rpartition("/")[2].partition(".")
            with contextlib.suppress(FileNotFoundError, DamagedError):
                if name and kind == "claim":
                    found[name] = unseal(self._content(path), path)
        return found

    def drop_claim(self, name: str) -> None:
        """Delete the claim of the sweep of this name."""
        self._remove(self._claim_path(name))

    def _claim_path(self, name: str) -> str:
        return f"{self._root}/{CLAIMS}/{name}.claim"

    def files(self) -> Iterator[StoredFile]:
        """Yield every record, state and unfinished file of the store, sorted by path.

        Files that other processes add or delete meanwhile may be missing.
        """
        for path, facts in sorted(self._fs.find(self._root, detail=True).items()):
            folder, _, name = str(path).rpartition("/")
            provenance, _, rest = name.lstrip(".").partition(".")
            kind = rest.rpartition(".")[2]
            if kind in ("epoch", "state", "partial"):
                key = folder.rpartition("/")[2]
                yield StoredFile(str(path), key, provenance, kind, int(facts["size"]), _written(facts))

    def verify(self, file: StoredFile) -> bool:
        """Whether a record or state is undamaged. Raises: FileNotFoundError when it has been deleted since."""
        try:
            payload = unseal(self._fs.cat_file(file.path), file.path)
        except DamagedError:
            return False
        if file.kind != "epoch":
            return True
        epoch = _parsed(payload)
        return epoch is not None and (epoch.key, epoch.provenance) == file.address

    def remove(self, file: StoredFile) -> None:
        """Delete a file that `files` listed. Does nothing when it has been deleted since."""
        self._remove(file.path)

    def _listed(self, folder: str) -> list[str]:
        """Return the paths of the files that the folder holds now, sorted."""
        self._fs.invalidate_cache(folder)  # fsspec caches the listing of a bucket, but other processes write to it
        try:
            return sorted(str(path) for path in self._fs.ls(folder, detail=False))
        except FileNotFoundError:
            return []

    def _remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(path)

    def _folder(self, key: str) -> str:
        return f"{self._root}/{key[:2]}/{key}"

    def _path(self, key: str, provenance: str, kind: str) -> str:
        return f"{self._folder(key)}/{provenance}.{kind}"

    def _read_epoch(self, path: str) -> StoredEpoch | None:
        try:
            return _parsed(unseal(self._content(path), path))
        except (FileNotFoundError, DamagedError):
            return None

    def _content(self, path: str) -> bytes:
        if self._local:  # there are many small records, and fsspec takes twice as long to read one
            with open(path, "rb") as file:  # noqa: PTH123
                return file.read()
        return bytes(self._fs.cat_file(path))

    def _write(self, path: str, content: bytes, lasting: bool = True) -> None:
        """Write a file atomically. With `lasting`, wait until it would survive a power failure."""
        if not self._local:
            self._fs.pipe_file(path, content)  # writing an object to a bucket is atomic
            return
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}.partial")
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                if lasting:
                    os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


def _parsed(payload: bytes) -> StoredEpoch | None:
    try:
        return StoredEpoch.from_dict(json.loads(payload))
    except (ValueError, TypeError, KeyError):
        return None


def _written(facts: Mapping[str, Any]) -> float:
    told = next((facts[name] for name in WRITTEN if facts.get(name) is not None), 0.0)
    return float(told.timestamp() if hasattr(told, "timestamp") else told)
