"""On a GPU a failed recording changes nothing, and the training continues."""

import gc

import pytest
import torch

from tests.trainables.core.gpu.made_up import METHODS, engine
from trainables.core.optimizer.capture import Figures
from trainables.core.optimizer.cuda_graphs import CudaGraphs
from trainables.core.settings.config import ModelConfig

pytestmark = pytest.mark.gpu
GPU = torch.device("cuda")
READS = ModelConfig("tests.trainables.core.odd_model:linear", {"kind": "reads"})


def test_a_model_that_reads_a_value_is_trained_and_not_recorded() -> None:
    one, other = (engine(READS, step, GPU).train_epoch(0, METHODS["pugd"]) for step in ("reference", "fused"))
    assert [note.rpartition(": ")[2] for note in other.notes] == ["the host waits for a value from the GPU"]
    assert other.grad_norms == pytest.approx(one.grad_norms, rel=1e-4)


@pytest.mark.parametrize("kind", ["reads a value", "runs out of memory", "fails"])
def test_a_gpu_goes_on_after_a_recording_that_broke_off(kind: str) -> None:
    graphs, numbers = CudaGraphs(torch.device("cuda")), torch.ones(1000, device="cuda")
    layer = torch.nn.Dropout(0.5)

    def breaking() -> Figures:
        dropped = layer(numbers).sum()
        if kind == "reads a value":
            dropped.item()
        if kind == "runs out of memory":
            torch.empty(2**50, device="cuda")
        raise ValueError("no more")

    def drawn() -> list[float]:
        torch.manual_seed(1)
        return [float(layer(numbers).sum()) for _ in range(3)]

    expected, before = drawn(), torch.cuda.memory_allocated()
    with graphs.working():
        torch.manual_seed(1)
        for _ in range(2):
            with pytest.raises((RuntimeError, ValueError)):
                graphs.record(breaking)
        assert [float(layer(numbers).sum()) for _ in range(3)] == expected
        assert drawn() == expected
        torch.manual_seed(1)
        replay, (total,) = graphs.record(lambda: (layer(numbers).sum(),))
        replayed = []
        for _ in range(3):
            replay()
            replayed.append(float(total))
        assert replayed == expected
    del replay, total
    gc.collect()
    graphs.release()
    assert torch.cuda.memory_allocated() == before
