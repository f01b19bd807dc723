"""Verification finds every damaged file of the store."""

import json
from pathlib import Path

from tests.rts_search.store.swept import STATE, CommandLine, Swept
from tests.trainables.core.history.test_store import EPOCH


def test_verify_on_the_command_line(swept: Swept, told: CommandLine) -> None:
    assert told("verify").startswith(f"2: rts-search: {swept.results.store_url}: must be a checkpoint store")
    swept.store.put_epoch(EPOCH)
    for key in ("ab12", "cd34"):
        swept.store.put_state(key, "machine", STATE)
    assert told("verify").startswith("0: 2 states and 1 records, ")
    file = Path(swept.results.store_url, "cd", "cd34", "machine.state")
    content = bytearray(file.read_bytes())
    content[500] ^= 1
    file.write_bytes(content)
    (file.parent / ".machine.state.1234.partial").write_bytes(b"half")
    lines = told("verify").splitlines()
    assert lines[0] == f"1: damaged: {file}: does not match its checksum, or belongs to another epoch"
    assert lines[1].startswith("not finished by its writer: ")
    assert lines[2].endswith("1 damaged, 1 partial files.")
    facts = json.loads(told("verify", "--json", "--delete-damaged").removeprefix("1: "))
    assert facts["damaged"] == [str(file)]
    assert not file.exists()
    assert "none damaged" in told("verify")
