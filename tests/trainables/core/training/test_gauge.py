"""The measurements of a trial: the time of a recording, the time of a step, and the memory on a GPU."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.trainables.core.conftest import small_config
from tests.trainables.core.emulated_gpu import EmulatedGpu
from tests.trainables.core.tape import Tape
from trainables.core.optimizer.capture import Figures, Replay
from trainables.core.training.gauge import Gauge, memory_on_gpu

RECORDING = 0.15


class Slow(Tape):
    """A recorder that is slow."""

    def record(self, work: Callable[[], Figures]) -> tuple[Replay, Figures]:
        time.sleep(RECORDING)
        return super().record(work)


def measured(folder: Path, recorder: Tape | None) -> dict[str, float]:
    gauge = Gauge(small_config(training={"batch_size": 4}).to_dict(), 1, gpu=False, recorder=recorder)
    gauge.prepare()
    return gauge.measure(0.01, str(folder))


@pytest.mark.slow
def test_a_recording_is_told_apart_from_the_steps_after_it(tmp_path: Path) -> None:
    found = measured(tmp_path, Slow())
    assert found["sgd_recording_seconds"] > 0.5 * RECORDING
    assert found["pugd_recording_seconds"] > 0.5 * RECORDING
    assert 0.0 < found["pugd_step_seconds"] < 0.5 * RECORDING


def test_without_recording_all_is_in_the_steps(tmp_path: Path) -> None:
    found = measured(tmp_path, None)
    assert (found["sgd_recording_seconds"], found["pugd_recording_seconds"]) == (0.0, 0.0)
    assert found["pugd_step_seconds"] > found["sgd_step_seconds"] > 0.0


def test_the_memory_of_trials_is_their_most_and_what_cuda_takes_besides(
    card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    del card
    answers = {"synchronize": None, "empty_cache": None, "memory_reserved": 20, "max_memory_reserved": 50}
    for name, value in answers.items():
        monkeypatch.setattr(torch.cuda, name, lambda *_, value=value: value)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda *_: (70, 100))
    trials = [small_config(switch_epoch=0, perturbation=kind).to_dict() for kind in ({"kind": "pugd"}, {"kind": "sam"})]
    assert memory_on_gpu(trials) == (60, 100), "30 are taken, 20 of them by torch, which had 50 at most"
