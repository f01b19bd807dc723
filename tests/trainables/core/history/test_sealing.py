"""A sealed content is found damaged when a bit of it has changed, and when it lies at another address."""

import hashlib

import pytest

from trainables.core.history.sealing import DamagedError, check_sealed, seal, unseal


@pytest.mark.parametrize("address", ["", "ab12/machine"])
def test_sealing_is_undone_by_unsealing(address: str) -> None:
    assert unseal(seal(b"payload", address), "here", address) == b"payload"
    with pytest.raises(DamagedError, match="here: does not match"):
        unseal(b"short", "here", address)


def test_a_content_at_another_address_is_damaged() -> None:
    with pytest.raises(DamagedError, match="does not match its checksum, or belongs to another epoch"):
        unseal(seal(b"payload", "ab12/machine"), "here", "cd34/machine")


def test_a_content_that_an_earlier_version_sealed_without_an_address_is_accepted() -> None:
    earlier = hashlib.sha256(b"payload").digest() + b"payload"
    assert unseal(earlier, "here", "ab12/machine") == b"payload"
    assert seal(b"payload") == earlier


def test_a_content_in_parts_is_checked_like_the_whole() -> None:
    sealed = seal(bytes(range(256)), "address")
    check_sealed((sealed[:40], sealed[40:41], sealed[41:]), "here", "address")
    with pytest.raises(DamagedError):
        check_sealed((sealed[:40], sealed[41:]), "here", "address")
    with pytest.raises(DamagedError):
        check_sealed((), "here", "address")
