"""What the machine contributes to the numbers, and the name of a lineage that more than one machine trained."""

import hashlib
import json
import platform
from typing import Any

import torch

from trainables.core.models.libraries import libraries_of


def machine(device: torch.device, micro_batches: int = 1, model_name: str = "") -> dict[str, Any]:
    """Device kind, instruction set, thread count, library versions, parts of a batch: what may change the last bits.

    model_name: of the model that is trained, for the versions of the libraries that define it.
    """
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    facts = {
        "device": device.type,
        "kind": kind,
        "architecture": platform.machine(),
        "threads": torch.get_num_threads() if device.type == "cpu" else 0,
        "torch": torch.__version__,
    }
    # What does not apply is left out, so that provenances are what they were before there was more to tell.
    libraries = libraries_of(model_name)
    if libraries:
        facts["libraries"] = libraries
    return facts if micro_batches == 1 else {**facts, "micro_batches": micro_batches}


def _short_hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def machine_id(facts: dict[str, Any]) -> str:
    """Provenance of what this machine alone trained: 16 hexadecimal digits."""
    return _short_hash(facts)


def continued(parent: str | None, here: str) -> str:
    """Provenance of an epoch trained here from a state of provenance `parent`.

    A mixed lineage is named `<hash of what came before>-<here>`, so that it is never taken for the work of one machine,
    and keeps its name for as long as it stays here.
    """
    if parent is None or parent.rpartition("-")[2] == here:
        return parent or here
    return f"{_short_hash(parent)}-{here}"
