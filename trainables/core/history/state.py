"""The complete training state between two epochs, as bytes in the safetensors format, which cannot run code.

It holds the model's parameters and buffers, the optimizer's state and the averaged weights, where there are any. It
needs no state of random generators, since every epoch seeds them from (seed, epoch). Only the functions that need
safetensors import it: training itself does not.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from trainables.core.history.sealing import DamagedError
from trainables.core.models.pretrained import load_tensors
from trainables.core.optimizer.methods import METHODS
from trainables.core.optimizer.pugd import PUGD

MODEL, AVERAGE, COMMON = "model.", "ema.", "common."
STATE = MappingProxyType(
    {"momentum_buffer": "momentum.", "exp_avg": "exp_avg.", "exp_avg_sq": "exp_avg_sq.", "step": "step."}
    | {name: f"{name}." for method in METHODS.values() for name in method.keeps}
)
"""Name in the optimizer's state of a parameter -> what stands before the parameter's name here."""
FRAME_BYTES = 2**26
"""More than the names and shapes of all tensors of a state need."""
_NONE: Mapping[str, Tensor] = MappingProxyType({})


def dump_state(model: nn.Module, optimizer: PUGD, averages: Mapping[str, Tensor] = _NONE) -> bytes:
    """Serialise the model's parameters and buffers, the optimizer's state and the averages, each by its name."""
    from safetensors.torch import save

    tensors = {MODEL + name: _on_the_host(tensor) for name, tensor in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        kept = optimizer.state.get(parameter, {})
        tensors |= {STATE[key] + name: _on_the_host(value) for key, value in kept.items()}
    tensors |= {COMMON + name: _on_the_host(value) for name, value in optimizer.common.items()}
    tensors |= {AVERAGE + name: _on_the_host(tensor) for name, tensor in averages.items()}
    return bytes(save(tensors))


def most_bytes(model: nn.Module) -> int:
    """A size in bytes that no state of the model has, with momentum, both moments of AdamW and averages."""
    held = (int(tensor.nbytes) for tensor in model.state_dict().values())
    return 8 * sum(held) + FRAME_BYTES


def _on_the_host(tensor: Tensor) -> Tensor:
    """Copy the tensor to host memory, contiguous. Only one tensor at a time needs extra memory on the device."""
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())


def load_state(payload: bytes, model: nn.Module, optimizer: PUGD) -> dict[str, Tensor]:
    """Load a state that `dump_state` made into a newly built model and optimizer. Returns the averages in it.

    Raises:
        DamagedError: the bytes are not a state of this model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        tensors = load(payload)
        load_tensors(model, {name.removeprefix(MODEL): t for name, t in tensors.items() if name.startswith(MODEL)})
    except (SafetensorError, RuntimeError) as error:
        raise DamagedError(f"not a state of this model: {error}") from error
    for name, parameter in model.named_parameters():
        for key, prefix in STATE.items():
            value = tensors.get(prefix + name)
            if value is not None:
                like = parameter if value.shape == parameter.shape else value.to(parameter.device)
                optimizer.state[parameter][key] = torch.empty_like(like).copy_(value)
    device = next(model.parameters()).device
    common = {name.removeprefix(COMMON): value for name, value in tensors.items() if name.startswith(COMMON)}
    optimizer.common.update({name: value.to(device) for name, value in common.items()})
    return {name.removeprefix(AVERAGE): value for name, value in tensors.items() if name.startswith(AVERAGE)}
