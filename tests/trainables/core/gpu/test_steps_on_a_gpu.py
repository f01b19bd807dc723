"""On a GPU every method trains every kind of model, and recorded steps equal plain ones."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from tests.trainables.core.gpu.made_up import METHODS, MODELS, engine, state_of, trained
from trainables.core.history.lineage import EpochSettings
from trainables.core.settings.config import ModelConfig, PerturbationConfig

GPU = torch.device("cuda")
pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings("ignore:.*deterministic")]


def moved(start: Mapping[str, Tensor], end: Mapping[str, Tensor], names: list[str]) -> Tensor:
    """The change of all parameters by the training, as one vector."""
    return torch.cat([(end[name] - start[name]).flatten().double() for name in names])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MODELS)
def test_recorded_steps_train_as_the_plain_ones_do(model: str, method: str) -> None:
    # Where a sum has no fixed order, its last bits are in the first digits of a norm a few steps later: two plain
    # trainings show how far apart that alone takes them.
    plain, again, recorded = (engine(MODELS[model], step, GPU) for step in ("reference", "reference", "fused"))
    start = state_of(plain)
    ends = []
    for one in (plain, again, recorded):
        (figures,) = trained(one, METHODS[method], epochs=1)
        assert figures.notes == (), "its steps were recorded"
        ends.append(state_of(one))
    weights = [name for name, _ in plain._model.named_parameters()]
    statistics = [name for name in start if "running_" in name]
    for names in filter(None, (weights, statistics)):
        way, way_again, other_way = (moved(start, end, names) for end in ends)
        assert bool(way.isfinite().all())
        assert float(way.norm()) > 0.0
        noise = float((way - way_again).norm())
        assert float((way - other_way).norm()) <= 10.0 * noise + 1e-5 * float(way.norm())
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
    assert others.grad_norms[0] == pytest.approx(figures.grad_norms[0], rel=1e-3)
    assert others.grad_norms[1] == pytest.approx(figures.grad_norms[1], rel=2e-2), "rounding grows step by step"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_path_sgd_is_recorded_and_trains_as_without_a_recording(precision: str) -> None:
    model = ModelConfig("small", {"norm": False})
    settings = EpochSettings("path_sgd", 1e-4, perturbation=PerturbationConfig("path_sgd"))
    plain, recorded = (engine(model, step, GPU, precision) for step in ("reference", "fused"))
    start = state_of(plain)
    ends = []
    for one in (plain, recorded):
        (figures,) = trained(one, settings, epochs=1)
        assert figures.notes == (), "its steps were recorded"
        ends.append(state_of(one))
    way, other_way = (moved(start, end, list(start)) for end in ends)
    assert bool(way.isfinite().all())
    assert float((way - other_way).norm()) <= 1e-2 * float(way.norm())
    assert float(way.norm()) > 0.0
