"""Seals the content of a file with a checksum, and with the address where it belongs, so that damage is found."""

import hashlib
from collections.abc import Iterable

DIGEST_BYTES = hashlib.sha256().digest_size


class DamagedError(ValueError):
    """A file of the store is incomplete, was changed, belongs elsewhere, has another format, or is no file at all."""


def seal(payload: bytes, address: str = "") -> bytes:
    """Return the payload with a checksum in front: the SHA-256 of the payload and the address.

    address: where the payload belongs; empty for content that says so itself.
    """
    digest = hashlib.sha256(payload)
    digest.update(address.encode())
    return digest.digest() + payload


def unseal(sealed: bytes, place: str, address: str = "") -> bytes:
    """Return the payload of a sealed file.

    Args:
        sealed: the content of the file.
        place: named in the error.
        address: where the payload belongs. Files of earlier versions were sealed without an address, and are accepted.

    Raises:
        DamagedError: the checksum differs.
    """
    check_sealed((sealed,), place, address)
    return sealed[DIGEST_BYTES:]


def check_sealed(parts: Iterable[bytes], place: str, address: str = "") -> None:
    """Check a sealed file that is read in parts; the first part has the whole checksum. Otherwise as `unseal`."""
    found, digest = hashlib.sha256(), b""
    for number, part in enumerate(parts):
        if number == 0:
            digest = part[:DIGEST_BYTES]
        found.update(memoryview(part)[DIGEST_BYTES if number == 0 else 0 :])
    if found.digest() == digest:
        return
    found.update(address.encode())
    if found.digest() != digest:
        elsewhere = ", or belongs to another epoch" if address else ""
        raise DamagedError(f"{place}: does not match its checksum{elsewhere}")
