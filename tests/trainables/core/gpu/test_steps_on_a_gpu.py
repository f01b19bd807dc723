"""On a GPU every method trains every kind of model, and a step that was recorded is the step itself."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from tests.trainables.core.gpu.made_up import METHODS, MODELS, engine, state_of, trained

GPU = torch.device("cuda")
pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings("ignore:.*deterministic")]


def assert_close(mine: Mapping[str, Tensor], theirs: Mapping[str, Tensor], rtol: float, atol: float) -> None:
    assert mine.keys() == theirs.keys()
    for name, tensor in mine.items():
        torch.testing.assert_close(theirs[name], tensor, rtol=rtol, atol=atol)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MODELS)
def test_recorded_steps_train_as_the_plain_ones_do(model: str, method: str) -> None:
    plain, recorded = (engine(MODELS[model], step, GPU) for step in ("reference", "fused"))
    start = state_of(plain)
    figures, others = (trained(one, METHODS[method]) for one in (plain, recorded))
    for mine, theirs in zip(figures, others, strict=True):
        assert theirs.grad_norms == pytest.approx(mine.grad_norms, rel=1e-3)
        assert theirs.train_loss == pytest.approx(mine.train_loss, rel=1e-3)
    end = state_of(plain)
    assert_close(end, state_of(recorded), rtol=1e-3, atol=1e-4)
    assert all(bool(tensor.isfinite().all()) for tensor in end.values())
    assert any(not torch.equal(tensor, start[name]) for name, tensor in end.items()), "the weights move"
    assert all(tensor.device.type == GPU.type for tensor in end.values())


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
def test_a_gpu_agrees_with_the_cpu(model: str) -> None:
    there, here = (engine(MODELS[model], "reference", device) for device in (GPU, torch.device("cpu")))
    torch.set_float32_matmul_precision("highest")
    with torch.backends.cudnn.flags(allow_tf32=False, deterministic=True):
        figures, others = (trained(one, METHODS["pugd"], epochs=1)[0] for one in (there, here))
    assert others.grad_norms[:2] == pytest.approx(figures.grad_norms[:2], rel=1e-3)
    assert others.train_loss == pytest.approx(figures.train_loss, rel=1e-2)
