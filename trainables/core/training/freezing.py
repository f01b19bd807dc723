"""Train the head of a model alone for some epochs, then all of it."""

from torch import nn

from trainables.core.models.pretrained import head_of, is_under
from trainables.core.settings.section import require


class Body:
    """All layers of a model but its head, which can be frozen.

    A frozen layer does not change: its parameters get no gradient and no weight decay, and its BatchNorm normalises by
    the running statistics, as in evaluation, and does not update them. Dropout stays active.
    """

    def __init__(self, model: nn.Module, freeze_epochs: int) -> None:
        """freeze_epochs: for how many epochs the body will be frozen. Raises: ConfigError when there is no body."""
        head = head_of(model)
        named = model.named_parameters()
        self._parameters = [p for name, p in named if p.requires_grad and not is_under(name, head)]
        layers = ((name, module) for name, module in model.named_modules() if not is_under(f"{name}.", head))
        self._norms = [module for _, module in layers if isinstance(module, nn.modules.batchnorm._BatchNorm)]
        rule = "must be 0 for a model without layers before its head"
        require(freeze_epochs == 0 or bool(self._parameters), "training.freeze_epochs", rule, freeze_epochs)

    def freeze(self, frozen: bool) -> None:
        """Freeze or release the body for an epoch. Called after the model was put into training mode."""
        for parameter in self._parameters:
            parameter.requires_grad_(not frozen)
        if frozen:
            for norm in self._norms:
                norm.eval()
