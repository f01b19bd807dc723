"""Figure of radius and scale of the best trials over the epochs, and of their switch epochs."""

from typing import Any

from rts_search.analysis.figures.figure import COLOURS, Figure, epochs_axis, layout
from rts_search.analysis.figures.sweep_view import SweepView
from trainables.core.history.lineage import epoch_settings


def schedules(view: SweepView) -> Figure | None:
    """Radius above, scale below. Epochs of SGD have neither: the axis begins where the first trial leaves it."""
    data: list[dict[str, Any]] = []
    first = view.sweep.training.epochs
    for number, entry in enumerate(view.top):
        config, switch = entry.settings, view.switch_epoch(entry)
        epochs = [epoch_settings(config, epoch, switch) for epoch in range(config.training.epochs)]
        acting = [place for place, one in enumerate(epochs) if one.radius is not None or one.scale is not None]
        first = min([first, *acting])
        for axis, values in (("", [e.radius for e in epochs]), ("2", [e.scale for e in epochs])):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": view.label(entry),
                    "legendgroup": str(entry.number),
                    "showlegend": axis == "",
                    "x": list(range(1, len(values) + 1)),
                    "y": values,
                    "yaxis": f"y{axis}",
                    "line": {"color": COLOURS[number % len(COLOURS)], "shape": "hvh"},
                    "marker": {"size": 4},
                    "hovertemplate": f"{view.label(entry)}, epoch %{{x}}: %{{y:.4g}}<extra></extra>",
                }
            )
    if all(value is None for trace in data for value in trace["y"]):
        return None
    return Figure("Radius, scale and switch", _caption(view, first), data, _axes(view.sweep.training.epochs, first))


def _axes(epochs: int, first: int) -> dict[str, Any]:
    """The axes of both panels; `first`: the first epoch in which a trial has a radius or a scale, counted from 0."""
    axes = layout("epoch", "radius")
    axes["xaxis"] |= {**epochs_axis(epochs - first), "anchor": "y2", "range": [first + 0.5, epochs + 0.5]}
    axes["yaxis"] |= {"domain": [0.55, 1.0]}
    axes["yaxis2"] = {**axes["yaxis"], "title": {"text": "scale"}, "domain": [0.0, 0.45]}
    return axes


def _caption(view: SweepView, first: int) -> str:
    switches = ", ".join(f"{entry.number} {_switch(view.switch_epoch(entry))}" for entry in view.top)
    best = f"the {len(view.top)} best trials" if len(view.top) > 1 else "the best trial"
    left_out = ", which is not drawn" if first == 1 else f"s 1 to {first}, which are not drawn"
    before = f" Epoch{' 1' if first == 1 else ''}{left_out}, {'is' if first == 1 else 'are'} of SGD." if first else ""
    return (
        f"Radius of the perturbation and scale of the original gradient in {best}. "
        f"Switch from SGD to PUGD in trial {switches}.{before}"
    )


def _switch(epoch: int | None) -> str:
    """`after epoch 3`: a switch epoch of 3 means that three epochs of SGD come before PUGD."""
    return "never" if epoch is None else f"after epoch {epoch}" if epoch else "before epoch 1"
