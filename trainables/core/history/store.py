"""The checkpoint store: records and states under their addresses, written atomically, never believed unchecked."""

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

CLAIMS = "claims"
"""Folder of what running sweeps are about to train."""
DIGEST_BYTES = hashlib.sha256().digest_size
WRITTEN = ("mtime", "LastModified", "updated", "created")
"""Where the kinds of filesystem tell when a file was written."""


class DamagedError(ValueError):
    """A file of the store is half-written, altered or of another format."""


def seal(payload: bytes) -> bytes:
    """The payload behind its SHA-256."""
    return hashlib.sha256(payload).digest() + payload


def unseal(sealed: bytes, place: str) -> bytes:
    """The payload of a sealed file. Raises: DamagedError when it does not match its checksum."""
    digest, payload = sealed[:DIGEST_BYTES], sealed[DIGEST_BYTES:]
    if hashlib.sha256(payload).digest() != digest:
        raise DamagedError(f"{place}: does not match its checksum")
    return payload


@dataclass(frozen=True)
class StoredFile:
    """A file as it lies in the store, sound or not."""

    path: str
    key: str
    provenance: str
    kind: str
    """epoch, state, or partial: what a writer has not finished."""
    size: int
    """Bytes."""
    written: float
    """When, in seconds since 1970."""

    @property
    def address(self) -> tuple[str, str]:
        """Key and provenance."""
        return self.key, self.provenance


class Store:
    """A directory or bucket (any fsspec URL); many processes may write it at once.

    Layout: `<key's first two digits>/<key>/<provenance>.epoch` (a sealed JSON) and `.state` (a sealed safetensors);
    `claims/<sweep>.claim` (a sealed JSON) tells what a running sweep is about to train.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # an engine alone needs no store
        from fsspec.implementations.local import LocalFileSystem

        self.url = url
        self._fs, root = fsspec.core.url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)
        self._root = root.rstrip("/")

    def put_epoch(self, epoch: StoredEpoch) -> None:
        """Keep an epoch's record. The first record of an address stays, whoever comes later."""
        path = self._path(epoch.key, epoch.provenance, "epoch")
        if self._read_epoch(path) is None:
            self._write(path, seal(json.dumps(epoch.to_dict(), allow_nan=False).encode()))

    def epoch(self, key: str, provenance: str) -> StoredEpoch | None:
        """The record at this address, or None when there is none that can be believed."""
        return self._read_epoch(self._path(key, provenance, "epoch"))

    def epochs(self, key: str) -> list[StoredEpoch]:
        """Every believable record under this key, one per provenance, in the order of their names."""
        found = [self._read_epoch(path) for path in self._listed(self._folder(key)) if path.endswith(".epoch")]
        return [epoch for epoch in found if epoch is not None]

    def put_state(self, key: str, provenance: str, payload: bytes) -> None:
        """Keep the state at this address."""
        self._write(self._path(key, provenance, "state"), seal(payload))

    def has_state(self, key: str, provenance: str) -> bool:
        """Whether there is a state at this address, sound or not."""
        return bool(self._fs.exists(self._path(key, provenance, "state")))

    def state(self, key: str, provenance: str) -> bytes:
        """The state at this address. Raises: DamagedError, FileNotFoundError."""
        path = self._path(key, provenance, "state")
        return unseal(self._fs.cat_file(path), path)

    def drop_state(self, key: str, provenance: str, written: float | None = None) -> None:
        """Remove a state that is damaged, or not needed any more; with `written`, unless it was written anew since."""
        if written is None or self.state_written(key, provenance) == written:
            self._remove(self._path(key, provenance, "state"))

    def state_written(self, key: str, provenance: str) -> float | None:
        """When the state at this address was written, in seconds since 1970; None when there is none."""
        try:
            return _written(self._fs.info(self._path(key, provenance, "state")))
        except FileNotFoundError:
            return None

    def put_claim(self, name: str, payload: bytes) -> None:
        """Say what the sweep of this name is about to train; the next claim takes the place of this one."""
        self._write(self._claim_path(name), seal(payload), lasting=False)

    def claims(self) -> dict[str, bytes]:
        """What every sweep says, by name; what cannot be believed is left out."""
        found = {}
        for path in self._listed(f"{self._root}/{CLAIMS}"):
            name, _, kind = path.rpartition("/")[2].partition(".")
            with contextlib.suppress(FileNotFoundError, DamagedError):
                if name and kind == "claim":
                    found[name] = unseal(self._content(path), path)
        return found

    def drop_claim(self, name: str) -> None:
        """Remove what the sweep of this name said."""
        self._remove(self._claim_path(name))

    def _claim_path(self, name: str) -> str:
        return f"{self._root}/{CLAIMS}/{name}.claim"

    def files(self) -> Iterator[StoredFile]:
        """Every record and state of the store, and what was left of writing one, in the order of their paths.

        What comes or goes meanwhile may be missing.
        """
        for path, facts in sorted(self._fs.find(self._root, detail=True).items()):
            folder, _, name = str(path).rpartition("/")
            provenance, _, rest = name.lstrip(".").partition(".")
            kind = rest.rpartition(".")[2]
            if kind in ("epoch", "state", "partial"):
                key = folder.rpartition("/")[2]
                yield StoredFile(str(path), key, provenance, kind, int(facts["size"]), _written(facts))

    def verify(self, file: StoredFile) -> bool:
        """Whether a record or state is sound. Raises: FileNotFoundError when it is gone by now."""
        try:
            payload = unseal(self._fs.cat_file(file.path), file.path)
        except DamagedError:
            return False
        if file.kind != "epoch":
            return True
        epoch = _parsed(payload)
        return epoch is not None and (epoch.key, epoch.provenance) == file.address

    def remove(self, file: StoredFile) -> None:
        """Remove a file that was listed; no harm when it is gone."""
        self._remove(file.path)

    def _listed(self, folder: str) -> list[str]:
        """Paths of a folder's files as they are now, in order."""
        self._fs.invalidate_cache(folder)  # an object store's listing would be remembered, and others write too
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
        if self._local:  # many small records: fsspec's own way takes twice as long
            with open(path, "rb") as file:  # noqa: PTH123
                return file.read()
        return bytes(self._fs.cat_file(path))

    def _write(self, path: str, content: bytes, lasting: bool = True) -> None:
        """Publish a file whole; `lasting` waits until it would outlive a power failure."""
        if not self._local:
            self._fs.pipe_file(path, content)  # object stores publish an object whole or not at all
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
