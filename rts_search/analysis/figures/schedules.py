"""Figure of radius and scale of the best trials over the epochs, and of their switch epochs."""

from typing import Any

from rts_search.analysis.figures.figure import COLOURS, Figure, epochs_axis, layout
from rts_search.analysis.figures.sweep_view import SweepView
from trainables.core.history.lineage import epoch_settings


def schedules(view: SweepView) -> Figure | None:
    """Radius above, scale below. Epochs of SGD have neither."""
    if not view.top:
        return None
    data: list[dict[str, Any]] = []
    for number, entry in enumerate(view.top):
        config, switch = entry.settings, view.switch_epoch(entry)
        epochs = [epoch_settings(config, epoch, switch) for epoch in range(config.training.epochs)]
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
    axes = layout("epoch", "radius")
    axes["xaxis"] |= {**epochs_axis(view.sweep.training.epochs), "anchor": "y2"}
    axes["yaxis"] |= {"domain": [0.55, 1.0]}
    axes["yaxis2"] = {**axes["yaxis"], "title": {"text": "scale"}, "domain": [0.0, 0.45]}
    switches = ", ".join(f"{entry.number} at epoch {_one_based(view.switch_epoch(entry))}" for entry in view.top)
    caption = (
        f"Radius of the perturbation and scale of the original gradient in the {len(view.top)} best trials. "
        f"Switch from SGD to PUGD in trial {switches}."
    )
    return Figure("Radius, scale and switch", caption, data, axes)


def _one_based(epoch: int | None) -> str:
    return "none" if epoch is None else str(epoch + 1)
