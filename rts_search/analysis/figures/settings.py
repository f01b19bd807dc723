"""Figures of settings against accuracy: parallel coordinates and importances."""

from typing import Any

import pandas as pd

from rts_search.analysis.figures.figure import COLOURS, Figure, layout, percent
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.sweep.overrides import flatten

MOST_LINES = 100
MOST_AXES = 8
LEAST_TRIALS = 10
"""Smallest number of completed trials for importances."""
MOST_FITTED = 2000


def parallel(view: SweepView) -> Figure | None:
    """Parallel coordinates: each completed trial is a line through its settings to its accuracy; the best are dark."""
    frame = _settings(view)
    if len(frame) < 2 or frame.empty:
        return None
    trials = view.completed[:MOST_LINES]
    frame = frame.iloc[: len(trials)]
    common = frame.notna().sum().sort_values(ascending=False, kind="stable").index[:MOST_AXES]
    left_out = [name for name in frame.columns if name not in common]
    frame = frame[[name for name in frame.columns if name in common]]
    accuracies = [percent(entry.val_acc(view.rule)) or 0.0 for entry in trials]
    axes: list[tuple[str, list[float | None], list[tuple[float, str]]]] = [
        (name, *_positions(frame[name])) for name in frame.columns
    ]
    low, high = min(accuracies), max(accuracies)
    axes.append(
        (
            "val_acc",
            [_share(accuracy, low, high) for accuracy in accuracies],
            [(0.0, f"{low:.2f} %"), (1.0, f"{high:.2f} %")],
        )
    )
    data: list[dict[str, Any]] = []
    for row in reversed(range(len(trials))):
        share = _share(accuracies[row], low, high)
        points = [(place, positions[row]) for place, (_, positions, _) in enumerate(axes)]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [place for place, height in points if height is not None],
                "y": [height for _, height in points if height is not None],
                "line": {"color": COLOURS[0] if share >= 0.5 else COLOURS[1], "width": 1 + 2 * share},
                "opacity": 0.2 + 0.7 * share**2,
                "name": view.label(trials[row]),
                "hovertemplate": f"{view.label(trials[row])}: {view.described(trials[row])}<br>"
                f"{accuracies[row]:.2f} %<extra></extra>",
                "showlegend": False,
            }
        )
    picture = layout("", "")
    picture["xaxis"] |= {
        "tickvals": list(range(len(axes))),
        "ticktext": [name.replace(".", "<br>") for name, _, _ in axes],
        "range": [-0.3, len(axes) - 0.7],
    }
    picture["yaxis"] |= {"visible": False, "range": [-0.08, 1.08]}
    picture["annotations"] = [
        {
            "x": place,
            "y": height,
            "text": text,
            "showarrow": False,
            "xanchor": "left",
            "font": {"size": 11},
            "xshift": 4,
        }
        for place, (_, _, ticks) in enumerate(axes)
        for height, text in ticks
    ]
    caption = (
        f"Each line is one of the {len(trials)} best completed trials. It goes through the settings that differ "
        "between trials to the accuracy: blue above the middle of the range, orange below. It skips settings that the "
        "trial does not have." + (f" Not drawn, since few trials have them: {', '.join(left_out)}." if left_out else "")
    )
    return Figure("Parallel coordinates", caption, data, picture)


def importances(view: SweepView) -> Figure | None:
    """Importances: how much worse a random forest predicts the accuracy when the values of one setting are shuffled."""
    frame = _settings(view).iloc[:MOST_FITTED]
    if len(frame) < LEAST_TRIALS or frame.empty:
        return None
    accuracies = [entry.val_acc(view.rule) or 0.0 for entry in view.completed[:MOST_FITTED]]
    names, means, deviations, explained = _permuted(frame, accuracies)
    order = sorted(range(len(names)), key=lambda place: means[place])
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [means[place] for place in order],
            "y": [names[place] for place in order],
            "error_x": {"type": "data", "color": "#888888", "array": [deviations[place] for place in order]},
            "marker": {"color": COLOURS[0]},
            "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
        }
    ]
    warning = " It explains so little that this order may be chance." if explained < 0.3 else ""
    caption = (
        "Share of the variance of accuracy that a random forest no longer explains when the values of one setting are "
        f"shuffled among {len(frame)} completed trials. On trials that it was not fitted to, the forest explains "
        f"{100 * max(0.0, explained):.0f} % of the variance.{warning}"
    )
    return Figure("Importances", caption, data, layout("loss of explained variance", "", height=90 + 40 * len(names)))


def _permuted(frame: pd.DataFrame, accuracies: list[float]) -> tuple[list[str], list[float], list[float], float]:
    """Breiman's permutation importance (Machine Learning 45, 2001) of every column.

    Returns:
        Names, means, standard deviations, and the out-of-bag R² of the forest.
    """
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    filled = frame.fillna({name: "" if name in texts else -1.0 for name in frame.columns})
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts), remainder="passthrough"
    )
    forest = RandomForestRegressor(200, min_samples_leaf=2, oob_score=True, random_state=0)
    fitted = make_pipeline(encode, forest).fit(filled, accuracies)
    found = permutation_importance(fitted, filled, accuracies, n_repeats=10, random_state=0)
    means, deviations = map(list, (found.importances_mean, found.importances_std))
    return list(frame.columns), [float(m) for m in means], [float(d) for d in deviations], float(forest.oob_score_)


def _settings(view: SweepView) -> pd.DataFrame:
    """One row per completed trial, one column per setting of radius, timing and scale that differs between trials."""
    sections = ("radius", "timing", "scale")
    rows = [flatten({name: (entry.config or {}).get(name, {}) for name in sections}) for entry in view.completed]
    frame = pd.DataFrame(rows)
    return frame[[name for name in frame.columns if frame[name].nunique(dropna=False) > 1]]


def _positions(column: "pd.Series[Any]") -> tuple[list[float | None], list[tuple[float, str]]]:
    """Heights of the trials in [0, 1], None where a trial does not have the setting; and labels with their heights."""
    present = column.dropna()
    if pd.api.types.is_numeric_dtype(present):
        low, high = float(present.min()), float(present.max())
        heights = [None if pd.isna(value) else _share(float(value), low, high) for value in column]
        return heights, [(0.0, f"{low:.3g}"), (1.0, f"{high:.3g}")]
    kinds = sorted(present.astype(str).unique())
    places = {kind: place / max(1, len(kinds) - 1) for place, kind in enumerate(kinds)}
    return [None if pd.isna(value) else places[str(value)] for value in column], [(h, k) for k, h in places.items()]


def _share(value: float, low: float, high: float) -> float:
    return 0.5 if high == low else (value - low) / (high - low)
