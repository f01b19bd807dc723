"""Forward pass and step on fake tensors of a CUDA device: CUDA's own types under autocast, and no value is read."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode  # torch has no public name for it
from torch.nn import functional

from tests.trainables.core.test_on_emulated_gpu import MODELS
from trainables.core.models.build import build_model
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import ModelConfig

GPU = torch.device("cuda", 0)


@pytest.fixture
def fake() -> Iterator[None]:
    """Make all tensors on a CUDA device that does not exist. A backward pass would need a real one."""
    with FakeTensorMode(), torch.device("cuda"):
        yield


@pytest.fixture
def autocast() -> Iterator[None]:
    """Do what torch.autocast("cuda", torch.bfloat16) does; that itself does nothing without CUDA."""
    before = torch.get_autocast_dtype("cuda")
    torch.set_autocast_enabled("cuda", True)
    torch.set_autocast_dtype("cuda", torch.bfloat16)
    yield
    torch.clear_autocast_cache()
    torch.set_autocast_enabled("cuda", False)
    torch.set_autocast_dtype("cuda", before)


@pytest.mark.usefixtures("autocast")
@pytest.mark.parametrize("name", MODELS)
def test_logits_are_bf16_and_the_loss_is_not(name: str) -> None:
    model = build_model(ModelConfig(**MODELS[name]), 10, 1, 8)
    forms = {name: (tensor.shape, tensor.dtype) for name, tensor in model.state_dict().items()}
    with FakeTensorMode():
        state = {name: torch.empty(shape, dtype=dtype, device="cuda") for name, (shape, dtype) in forms.items()}
        logits = torch.func.functional_call(model, state, torch.empty(4, 1, 8, 8, device="cuda"))
        loss = functional.cross_entropy(logits.float(), torch.empty(4, dtype=torch.int64, device="cuda"))
    assert (logits.device, logits.dtype, loss.device, loss.dtype) == (GPU, torch.bfloat16, GPU, torch.float32)


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("phase", ["sgd", "pugd", "sam", "asam", "amp", "looksam", "gsam", "friendly_sam"])
def test_a_step_reads_no_value_and_makes_everything_on_the_device(phase: str) -> None:
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 36, 4))
    groups = [
        {"params": list(layer.named_parameters()), "radius": radius, "scale": radius}
        for layer, radius in ((model[0], 0.5), (model[1], 1.0), (model[3], 2.0))
    ]
    optimizer = PUGD(groups, lr=0.1, momentum=0.9, weight_decay=5e-4, phase=phase, step="fused", inner_steps=2)
    for _ in range(2):
        for _ in range(optimizer.gradients_per_step - 1):
            give_gradients(model)
            optimizer.first_step()
        give_gradients(model)
        if optimizer.gradients_per_step == 1:
            optimizer.step()
        else:
            optimizer.second_step()
        made = [*model.parameters(), *(state["momentum_buffer"] for state in optimizer.state.values())]
        assert {(tensor.device, tensor.dtype) for tensor in made} == {(GPU, torch.float32)}
    give_gradients(model)
    with pytest.raises(RuntimeError, match="_local_scalar_dense"):
        optimizer.grad_norm().item()


def give_gradients(model: nn.Module) -> None:
    for p in model.parameters():
        p.grad = torch.empty_like(p)
