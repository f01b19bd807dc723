"""Figure of importances: how much each setting explains of the objective, by a random forest."""

from typing import Any

import pandas as pd

from rts_search.analysis.figures.figure import COLOURS, NEUTRAL, Figure, layout, wrapped
from rts_search.analysis.figures.sweep_view import SweepView

LEAST_TRIALS = 10
"""Smallest number of completed trials for importances."""
LEAST_EXPLAINED, SOME_EXPLAINED = 0.1, 0.3
"""Shares of the variance of trials that the forest was not fitted to: below the first, the importances say nothing and
are not drawn; below the second they are drawn faintly."""
MOST_FITTED = 2000
"""Largest number of trials to which the forest is fitted; the best ones."""


def importances(view: SweepView) -> Figure | None:
    """Importances: how much worse a random forest predicts the objective when one setting is shuffled."""
    frame = view.settings.iloc[:MOST_FITTED]
    if len(frame) < LEAST_TRIALS or frame.empty:
        return None
    values = [entry.gain(view.objective) for entry in view.completed[:MOST_FITTED]]
    names, means, deviations, explained = _permuted(frame, values)
    told = (
        f"On trials that it was not fitted to, a random forest explains {100 * max(0.0, explained):.0f} % of the "
        f"variance of the {view.metric.words}"
    )
    if explained < LEAST_EXPLAINED:
        why = f"{told}. So it cannot say which settings matter, and nothing is drawn ({len(frame)} completed trials)."
        return Figure("Importances", why, [], _nothing(why))
    order = sorted(range(len(names)), key=lambda place: means[place])
    faint = explained < SOME_EXPLAINED
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [means[place] for place in order],
            "y": [names[place] for place in order],
            "error_x": {"type": "data", "color": NEUTRAL, "array": [deviations[place] for place in order]},
            "marker": {"color": COLOURS[0], "opacity": 0.35 if faint else 1.0},
            "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
        }
    ]
    warning = ", so little that this order may be chance" if faint else ""
    caption = (
        f"Share of the variance of the {view.metric.words} that a random forest no longer explains when the values of "
        f"one setting are shuffled among {len(frame)} completed trials. {told}{warning}."
    )
    return Figure("Importances", caption, data, layout("loss of explained variance", ""))


def _nothing(why: str) -> dict[str, Any]:
    """A layout without axes, with a text in its middle."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}
    return layout("", "", annotations=[{**place, "text": wrapped(why)}]) | {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    }


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
