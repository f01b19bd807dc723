"""`rts-search plan`: measure, forecast, and keep the forecast beside the results to come."""

import json
import time
from collections.abc import Callable

from rts_search.halving import Halving
from rts_search.paths import write_atomically
from rts_search.planning.costs import Costs
from rts_search.planning.estimate import forecast
from rts_search.planning.forecast import Forecast
from rts_search.planning.points import planned_configs, stored_keys
from rts_search.service.data import look_at_data
from rts_search.service.place import Place
from rts_search.study import SweepStudy
from rts_search.sweep_file import SweepFile
from trainables.core.lineage import full_cost
from trainables.core.store import Store


def plan(sweep: SweepFile, place: Place, say: Callable[[str], None]) -> Forecast:
    """Measure on the cluster at hand what a sweep needs, and forecast it. Raises: UserError."""
    from rts_search.trial_model import require_model
    from rts_search.tuning.cluster import capacity, cluster_resources, ray_running
    from rts_search.tuning.packing import settled
    from rts_search.tuning.probing import probe, rehearse
    from trainables.core.data import load_dataset

    place.results.require_space()
    data = look_at_data(sweep.dataset, sweep.training.batch_size, sweep.name)
    require_model(sweep.model, load_dataset(sweep.dataset), sweep.training.batch_size, sweep.name)
    began = time.perf_counter()
    with ray_running(place.address, place.verbose):
        ray_seconds = time.perf_counter() - began
        number = len(sweep.baselines) + sweep.num_trials
        sweep = settled(sweep, number)
        concurrent = min(capacity(sweep.resources).concurrent, number)
        say(f"{sweep.name}: training a few steps in {concurrent} processes at a time")
        probed = probe(sweep, concurrent, place.results)
        say(f"{sweep.name}: rehearsing tiny trials")
        overheads = rehearse(sweep, concurrent, place.results)
        memory = int(cluster_resources().get("memory", 0))
    measured = probed.measured
    costs = Costs(
        sgd_step=measured.sgd_step_seconds,
        pugd_step=measured.pugd_step_seconds,
        validation=measured.validation_seconds,
        test=measured.test_seconds,
        state=measured.state_seconds,
        epoch=overheads.epoch_seconds,
        trial=overheads.trial_seconds,
        start=ray_seconds + overheads.start_seconds,
        worker=probed.start_seconds,
        state_bytes=measured.state_bytes,
        memory_bytes=measured.memory_bytes,
        gpu_memory_bytes=measured.gpu_memory_bytes,
        cluster_bytes=memory,
        sgd_recording=measured.sgd_recording_seconds,
        pugd_recording=measured.pugd_recording_seconds,
    )
    dearest = full_cost(sweep.training.epochs, data.steps_per_epoch)
    store = Store(place.results.store_url)
    stored = stored_keys(planned_configs(sweep, data), data.fingerprint, store, probed.machine, sweep.store.sharing)
    found = forecast(sweep, data, concurrent, costs, lambda: Halving.of_sweep(sweep, dearest), stored)
    if not _launched(sweep.name, place):  # what was forecast for that one stays beside its results
        write_atomically(place.results.sweep(sweep.name).plan_json, json.dumps(found.to_dict(), indent=2) + "\n")
    return found


def _launched(name: str, place: Place) -> bool:
    if place.storage is None and not place.results.database.exists():
        return False
    return SweepStudy.exists(place.storage_url, name)
