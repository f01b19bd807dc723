"""The complete state between two epochs as bytes: model, buffers and momentum, in safetensors (never a pickle).

Random generators need no place in it: every epoch seeds them anew from (seed, epoch). safetensors is loaded by the
functions that need it: training alone does without.
"""

import torch
from torch import Tensor, nn

from trainables.core.history.store import DamagedError
from trainables.core.models.pretrained import load_tensors
from trainables.core.optimizer.pugd import PUGD

MODEL, MOMENTUM = "model.", "momentum."


def dump_state(model: nn.Module, optimizer: PUGD) -> bytes:
    """Serialise the model's parameters and buffers and the optimizer's momentum by name."""
    from safetensors.torch import save

    tensors = {MODEL + name: _on_the_host(tensor) for name, tensor in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        buffer = optimizer.state.get(parameter, {}).get("momentum_buffer")
        if buffer is not None:
            tensors[MOMENTUM + name] = _on_the_host(buffer)
    return bytes(save(tensors))


def _on_the_host(tensor: Tensor) -> Tensor:
    """A contiguous copy; a device needs room for no more than the one tensor."""
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())


def load_state(payload: bytes, model: nn.Module, optimizer: PUGD) -> None:
    """Put a dumped state into a freshly built model and optimizer.

    Raises:
        DamagedError: the bytes are no state of this model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        tensors = load(payload)
        load_tensors(model, {name.removeprefix(MODEL): t for name, t in tensors.items() if name.startswith(MODEL)})
    except (SafetensorError, RuntimeError) as error:
        raise DamagedError(f"not a state of this model: {error}") from error
    for name, parameter in model.named_parameters():
        buffer = tensors.get(MOMENTUM + name)
        if buffer is not None:
            device_buffer = torch.empty_like(parameter).copy_(buffer)
            optimizer.state[parameter]["momentum_buffer"] = device_buffer
