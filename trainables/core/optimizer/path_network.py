"""The network of paths of a model: for every weight, the sum over the paths through it (Path-SGD)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_aggregate, map_arg

from trainables.core.optimizer.path_layers import FUNCTIONS, LAYERS, Squares
from trainables.core.settings.section import first_line


class PathNetwork:
    """Computes gamma of all weights: the sum, over all paths from an input to an output through the weight, of the
    product of the squares of the path's other weights (Neyshabur et al. 2015, with p = 2).

    One image of ones goes forward through the network of paths, whose weights are the squares, and back: gamma is the
    derivative of the sum of its outputs by the square. A weight that a convolution uses at several places gets the sum
    over these places, which is kappa(1) of Neyshabur et al. 2016. Their kappa(2) is for paths that go through one
    weight more than once. A model in which two layers share a weight is refused, so that no path does.
    """

    def __init__(self, model: nn.Module, image: Sequence[int]) -> None:
        """Read the model's operations, and compute the sum once as a check.

        model: in training mode, and on its device. The values of its parameters may change later. image: the shape of
        one image, (channels, height, width).

        Raises:
            ValueError: the model has an operation whose paths are not known, or uses a layer or a weight twice; the
                message names it.
        """
        self._model, self._parameters = model, list(model.parameters())
        first = self._parameters[0]
        self._ones = torch.ones((1, *image), dtype=first.dtype, device=first.device)
        try:
            self._nodes = list(fx.Tracer().trace(model).nodes)
        except Exception as error:  # the model's own code runs here, with values that stand for tensors
            raise ValueError(f"the forward pass of the model cannot be read ({first_line(error)})") from error
        self._layers = {node: model.get_submodule(str(node.target)) for node in self._nodes if node.op == "call_module"}
        self._refuse_shared_weights()
        with torch.no_grad():
            self._sum(self._squares())

    @torch.enable_grad()
    def gammas(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return gamma of each weight, in new tensors of the parameters' shapes; 0 where there is no path.

        Nothing waits for the device.

        Raises:
            ValueError: one of the parameters does not belong to the model.
        """
        squares = self._squares()
        if not all(p in squares for p in parameters):
            raise ValueError("all parameters must belong to the model of the path network, but got another one")
        for square in squares.values():
            square.requires_grad_()
        with torch.autocast(self._ones.device.type, enabled=False):
            total = self._sum(squares)
        found = torch.autograd.grad(total, [squares[p] for p in parameters], allow_unused=True)
        return [torch.zeros_like(p) if one is None else one for p, one in zip(parameters, found, strict=True)]

    def _refuse_shared_weights(self) -> None:
        used: set[Tensor] = set()
        for node, layer in self._layers.items():
            own = set(layer.parameters())
            if used & own:
                raise ValueError(f"{self._name(node)} of the model has weights that are used before")
            used |= own

    def _squares(self) -> dict[Tensor, Tensor]:
        return {p: p.detach().square() for p in self._parameters}

    def _sum(self, squares: Squares) -> Tensor:
        """The sum over all paths of the product of the squares of their weights. Raises: ValueError."""
        values: dict[fx.Node, Any] = {}
        for node in self._nodes:
            args, kwargs = (map_arg(given, values.__getitem__) for given in (node.args, node.kwargs))
            if node.op == "placeholder":
                values[node] = self._ones if not values else args[0] if args else None
                continue
            try:
                values[node] = self._value(node, squares, args, kwargs)
            except (ValueError, TypeError, AttributeError, AssertionError, NotImplementedError) as error:
                raise ValueError(f"{self._name(node)} of the model {first_line(error)}") from error
        total: Tensor = values[self._nodes[-1]].sum()
        return total

    def _value(self, node: fx.Node, squares: Squares, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the operation computes in the network of paths. Raises: ValueError where its paths are not known."""
        if node in self._layers:
            layer = self._layers[node]
            if type(layer) not in LAYERS or layer._forward_hooks or layer._forward_pre_hooks:
                raise ValueError("has no known paths" if type(layer) not in LAYERS else "has hooks")
            return LAYERS[type(layer)](layer, squares, *args, **kwargs)
        if node.op == "output":
            if not isinstance(args[0], Tensor):
                raise ValueError("must be one tensor")
            return args[0]
        function: Any = FUNCTIONS.get(node.target)
        if function is None and node.op in ("call_function", "call_method") and not _has_tensors((args, kwargs)):
            function = node.target if node.op == "call_function" else getattr(type(args[0]), str(node.target))
            found = function(*args, **kwargs)  # a calculation with sizes
            if not _has_tensors(found):
                return found
        elif function is not None:
            return function(*args, **kwargs)
        raise ValueError("has no known paths")

    def _name(self, node: fx.Node) -> str:
        if node in self._layers:
            return f"the layer {node.target} ({type(self._layers[node]).__name__})"
        if node.op == "output":
            return "the output"
        if node.op == "get_attr":
            return f"the tensor {node.target} outside of a layer"
        return f"the operation {getattr(node.target, '__name__', node.target)}"


def _has_tensors(values: Any) -> bool:
    found: list[bool] = []
    map_aggregate(values, lambda value: found.append(isinstance(value, Tensor)))
    return any(found)
