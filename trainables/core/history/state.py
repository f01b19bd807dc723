"""The complete training state between two epochs, as bytes in the safetensors format, which cannot run code.

It holds the model's parameters and buffers and the momentum. It needs no state of random generators, since every epoch
seeds them from (seed, epoch). Only the functions that need safetensors import it: training itself does not.
"""

import torch
from torch import Tensor, nn

from trainables.core.history.store import DamagedError
from trainables.core.models.pretrained import load_tensors
from trainables.core.optimizer.pugd import PUGD

MODEL, MOMENTUM = "model.", "momentum."


def dump_state(model: nn.Module, optimizer: PUGD) -> bytes:
    """Serialise the model's parameters and buffers and the optimizer's momentum, each by its name."""
    from safetensors.torch import save

    tensors = {MODEL + name: _on_the_host(tensor) for name, tensor in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        buffer = optimizer.state.get(parameter, {}).get("momentum_buffer")
        if buffer is not None:
            tensors[MOMENTUM + name] = _on_the_host(buffer)
    return bytes(save(tensors))


def _on_the_host(tensor: Tensor) -> Tensor:
    """Copy the tensor to host memory, contiguous. Only one tensor at a time needs extra memory on the device."""
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())


def load_state(payload: bytes, model: nn.Module, optimizer: PUGD) -> None:
    """Load a state that `dump_state` made into a newly built model and optimizer.

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
        buffer = tensors.get(MOMENTUM + name)
        if buffer is not None:
            device_buffer = torch.empty_like(parameter).copy_(buffer)
            optimizer.state[parameter]["momentum_buffer"] = device_buffer
