"""With how many CPU threads a trial was trained, which decides the last digits of its numbers."""

from rts_search.study.stored_epochs import read_record
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import ResourcesConfig
from trainables.core.history.store import Store


def threads_of(entry: TrialEntry, store: Store, resources: ResourcesConfig) -> int | None:
    """CPU threads of the trial's last epoch; None where a GPU has trained it, or where nothing tells it.

    The record of the epoch tells it. Where it is lost, a trial on the CPU is taken to have had the CPUs of the sweep.
    """
    if not entry.epochs:
        return None
    stored, _ = read_record(store, entry.epochs[-1])
    if stored is not None:
        threads = stored.machine.get("threads", 0)
        return threads if isinstance(threads, int) and threads >= 1 else None
    if resources.gpus_per_trial != 0 or resources.cpus_per_trial == "auto":
        return None
    return max(1, int(resources.cpus_per_trial))
