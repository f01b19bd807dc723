"""Provenance: a short name for the machine, or the sequence of machines, on which a chain of epochs was trained."""

import hashlib
import json
import platform
from typing import Any

import torch

from trainables.core.models.libraries import libraries_of


def machine(device: torch.device, micro_batches: int = 1, model_name: str = "") -> dict[str, Any]:
    """Return all facts about this machine that may change the last bits of a result.

    They are the device, instruction set, thread count, library versions and number of micro-batches. model_name: the
    versions of the libraries that define this model are included.
    """
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    facts = {
        "device": device.type,
        "kind": kind,
        "architecture": platform.machine(),
        "threads": torch.get_num_threads() if device.type == "cpu" else 0,
        "torch": torch.__version__,
    }
    # Facts that do not apply are left out, so that provenances of earlier versions stay as they were.
    libraries = libraries_of(model_name)
    if libraries:
        facts["libraries"] = libraries
    return facts if micro_batches == 1 else {**facts, "micro_batches": micro_batches}


def _short_hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def machine_id(facts: dict[str, Any]) -> str:
    """Return the provenance of epochs that were trained on this machine only: 16 hexadecimal digits."""
    return _short_hash(facts)


def continued(parent: str | None, here: str) -> str:
    """Return the provenance of an epoch that is trained here, starting from a state of provenance `parent`.

    When the machine changes, the provenance becomes `<hash of parent>-<here>`, so that it is never confused with the
    work of one machine. It stays the same while the trial stays on this machine.
    """
    if parent is None or parent.rpartition("-")[2] == here:
        return parent or here
    return f"{_short_hash(parent)}-{here}"
