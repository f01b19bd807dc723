"""The checkpoint store: epoch records and states under their addresses, written atomically, checked when read."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from trainables.core.history.local_files import LocalFiles
from trainables.core.history.record import StoredEpoch
from trainables.core.history.remote_files import RemoteFiles
from trainables.core.history.sealing import DamagedError, check_sealed, seal, unseal
from trainables.core.history.store_files import FoundFile, StoreFiles
from trainables.core.settings.metrics import DEFAULT_METRIC

CLAIMS = "claims"
"""Folder of the claims: each says which epochs a running sweep is about to train."""
MOST_RECORD_BYTES = 2**28
"""A larger file is no record of an epoch, nor a claim. A record has about 20 bytes for each step of its epoch."""
MOST_STATE_BYTES = 2**40
"""A larger file is no state."""
KINDS = ("epoch", "state", "partial")


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
    """epoch, state, partial (a file that its writer has not finished), or folder (it stands in the place of one)."""
    size: int
    """Size in bytes."""
    written: float
    """When it was written, in seconds since 1970."""
    fault: str = ""
    """Why it cannot be a file of the store, in words, such as `is a folder`; empty for a regular file."""

    @property
    def address(self) -> tuple[str, str]:
        """The pair (key, provenance)."""
        return self.key, self.provenance


class Store:
    """A folder or a bucket, given as an fsspec URL. Many processes may write to it at once.

    Layout: `<key's first two digits>/<key>/<provenance>.epoch` (sealed JSON) and `.state` (sealed safetensors), and
    `claims/<sweep>.claim` (sealed JSON), which says what a running sweep is about to train. A record holds its address,
    and the checksum of a state covers it, so that neither is used at another address.

    A missing file and a damaged one are told apart by `read` and `state`. Damaged is also what cannot be a file of the
    store: a folder, a pipe, a device, a loop of links, a file that the disk cannot read.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # imported here, since an engine alone needs no store
        from fsspec.implementations.local import LocalFileSystem

        self.url = url
        filesystem, root = fsspec.core.url_to_fs(url)
        self._root = root.rstrip("/")
        local = isinstance(filesystem, LocalFileSystem)
        self._files: StoreFiles = LocalFiles(self._root) if local else RemoteFiles(self._root, filesystem)

    def put_epoch(self, epoch: StoredEpoch, metric: str = DEFAULT_METRIC.name) -> None:
        """Write an epoch's record, unless there is a sound one at this address already: the first one stays.

        metric: a value that the record must have; an earlier version's record without it is replaced.
        """
        there = self.epoch(epoch.key, epoch.provenance)
        if there is None or not there.record.has(metric):
            content = seal(json.dumps(epoch.to_dict(), allow_nan=False).encode())
            self._files.write(self._path(epoch.key, epoch.provenance, "epoch"), content, lasting=True)

    def read(self, key: str, provenance: str) -> StoredEpoch:
        """Return the record at this address.

        Raises:
            FileNotFoundError: there is none.
            DamagedError: it is damaged, or belongs to another address.
            OSError: it cannot be read now.
        """
        path = self._path(key, provenance, "epoch")
        epoch = _parsed(unseal(self._files.read(path, MOST_RECORD_BYTES), path))
        if epoch is None:
            raise DamagedError(f"{path}: is not the record of an epoch")
        if (epoch.key, epoch.provenance) != (key, provenance):
            raise DamagedError(f"{path}: is the record of another epoch, {epoch.key}/{epoch.provenance}")
        return epoch

    def epoch(self, key: str, provenance: str) -> StoredEpoch | None:
        """Return the record at this address, or None when there is none or it is damaged."""
        try:
            return self.read(key, provenance)
        except (FileNotFoundError, DamagedError):
            return None

    def epochs(self, key: str) -> list[StoredEpoch]:
        """Return all undamaged records under this key, one per provenance, sorted by provenance."""
        names = (path.rpartition("/")[2] for path in self._files.listed(self._folder(key)))
        found = [self.epoch(key, name.removesuffix(".epoch")) for name in names if name.endswith(".epoch")]
        return [epoch for epoch in found if epoch is not None]

    def put_state(self, key: str, provenance: str, payload: bytes) -> None:
        """Write the state at this address, in place of an earlier one."""
        content = seal(payload, f"{key}/{provenance}")
        self._files.write(self._path(key, provenance, "state"), content, lasting=True)

    def has_state(self, key: str, provenance: str) -> bool:
        """Whether there is a state at this address. It may be damaged."""
        return self._files.exists(self._path(key, provenance, "state"))

    def state(self, key: str, provenance: str, most: int = MOST_STATE_BYTES) -> bytes:
        """Return the state at this address; a file of more than `most` bytes is damaged.

        Raises: DamagedError, FileNotFoundError.
        """
        path = self._path(key, provenance, "state")
        return unseal(self._files.read(path, most), path, f"{key}/{provenance}")

    def drop_state(self, key: str, provenance: str, written: float | None = None) -> None:
        """Delete the state at this address. With `written`, delete it only if it was written at that time."""
        if written is None or self.state_written(key, provenance) == written:
            self._files.remove(self._path(key, provenance, "state"))

    def state_written(self, key: str, provenance: str) -> float | None:
        """Return when the state at this address was written, in seconds since 1970; None when there is none."""
        return self._files.written(self._path(key, provenance, "state"))

    def put_claim(self, name: str, payload: bytes) -> None:
        """Write what the sweep of this name is about to train, in place of its earlier claim."""
        self._files.write(self._claim_path(name), seal(payload), lasting=False)

    def claims(self) -> dict[str, bytes]:
        """Return sweep name -> payload of its claim. Damaged claims are left out."""
        found = {}
        for path in self._files.listed(f"{self._root}/{CLAIMS}"):
            name, _, kind = path.rpartition("/")[2].partition(".")
            with contextlib.suppress(FileNotFoundError, DamagedError):
                if name and kind == "claim":
                    found[name] = unseal(self._files.read(path, MOST_RECORD_BYTES), path)
        return found

    def drop_claim(self, name: str) -> None:
        """Delete the claim of the sweep of this name."""
        self._files.remove(self._claim_path(name))

    def files(self) -> Iterator[StoredFile]:
        """Yield every record, state and unfinished file of the store, and what stands in their place, sorted by path.

        Files that other processes add or delete meanwhile may be missing.
        """
        return filter(None, map(_stored_file, self._files.found()))

    def check(self, file: StoredFile) -> None:
        """Read a file that `files` listed, a large one in parts.

        Raises:
            DamagedError: it is damaged, or something else stands in its place.
            FileNotFoundError: it has been deleted since.
        """
        if file.fault:
            raise DamagedError(f"{file.path}: {file.fault}")
        if file.kind in ("epoch", "state") and file.path != self._path(*file.address, file.kind):
            raise DamagedError(f"{file.path}: lies in the wrong folder")
        if file.kind == "epoch":
            self.read(*file.address)
        elif file.kind == "state":
            check_sealed(self._files.parts(file.path, MOST_STATE_BYTES), file.path, "/".join(file.address))

    def verify(self, file: StoredFile) -> bool:
        """Whether a record or state is undamaged. Raises: FileNotFoundError when it has been deleted since."""
        try:
            self.check(file)
        except DamagedError:
            return False
        return True

    def remove(self, file: StoredFile) -> None:
        """Delete a file that `files` listed. Does nothing when it has been deleted since."""
        self._files.remove(file.path)

    def _claim_path(self, name: str) -> str:
        return f"{self._root}/{CLAIMS}/{name}.claim"

    def _folder(self, key: str) -> str:
        return f"{self._root}/{key[:2]}/{key}"

    def _path(self, key: str, provenance: str, kind: str) -> str:
        return f"{self._folder(key)}/{provenance}.{kind}"


def _stored_file(found: FoundFile) -> StoredFile | None:
    """The file with the address that its path tells; None for other files."""
    folder, _, name = found.path.rpartition("/")
    provenance, _, rest = name.lstrip(".").partition(".")
    kind = "folder" if found.stands_for_folder else rest.rpartition(".")[2]
    if kind not in (*KINDS, "folder"):
        return None
    key = folder.rpartition("/")[2]
    return StoredFile(found.path, key, provenance, kind, found.size, found.written, found.fault)


def _parsed(payload: bytes) -> StoredEpoch | None:
    try:
        return StoredEpoch.from_dict(json.loads(payload))
    except (ValueError, TypeError, KeyError):
        return None
