"""On a GPU every method trains every kind of model, and a step that was recorded is the step itself."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from tests.trainables.core.gpu.made_up import METHODS, MODELS, engine, state_of, trained

GPU = torch.device("cuda")
pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings("ignore:.*deterministic")]


def moved(start: Mapping[str, Tensor], end: Mapping[str, Tensor]) -> Tensor:
    """How far the training has moved all weights and statistics, as one vector."""
    return torch.cat([(end[name] - tensor).flatten().double() for name, tensor in start.items()])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MODELS)
def test_recorded_steps_train_as_the_plain_ones_do(model: str, method: str) -> None:
    # Few steps: where a sum has no fixed order, its last bits are in the third digit of a norm ten steps later.
    plain, recorded = (engine(MODELS[model], step, GPU) for step in ("reference", "fused"))
    start = state_of(plain)
    (figures,), (others,) = (trained(one, METHODS[method], epochs=1) for one in (plain, recorded))
    assert others.notes == (), "its steps were recorded"
    assert others.grad_norms == pytest.approx(figures.grad_norms, rel=1e-2)
    assert others.train_loss == pytest.approx(figures.train_loss, rel=1e-2)
    way, other_way = (moved(start, state_of(one)) for one in (plain, recorded))
    assert float(way.norm()) > 0.0
    assert bool(way.isfinite().all())
    assert float((way - other_way).norm()) < 0.05 * float(way.norm())
    assert all(tensor.device.type == GPU.type for tensor in recorded.parameters().values())


@pytest.mark.parametrize("method", ["sgd", "pugd"])
@pytest.mark.parametrize("model", MODELS)
def test_bf16_is_finite_and_keeps_weights_in_single_precision(model: str, method: str) -> None:
    recorded = engine(MODELS[model], "fused", GPU, precision="bf16")
    start = state_of(recorded)
    trained(recorded, METHODS[method])
    end = state_of(recorded)
    assert all(tensor.dtype == start[name].dtype != torch.bfloat16 for name, tensor in end.items())
    assert all(bool(tensor.isfinite().all()) for tensor in end.values())


@pytest.mark.parametrize("model", ["small", "resnet18"])
def test_a_gpu_agrees_with_the_cpu(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = (engine(MODELS[model], "reference", device) for device in (GPU, torch.device("cpu")))
    torch.set_float32_matmul_precision("highest")
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    figures, others = (trained(one, METHODS["pugd"], epochs=1)[0] for one in (there, here))
    assert others.grad_norms[:2] == pytest.approx(figures.grad_norms[:2], rel=1e-3)
    assert others.train_loss == pytest.approx(figures.train_loss, rel=1e-2)
