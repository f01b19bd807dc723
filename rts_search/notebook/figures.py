"""The figures of a sweep by name, each drawn when it is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from rts_search.analysis.figures import SweepView
    from rts_search.study.study import SweepStudy
    from rts_search.study.workspace import Workspace


class Figures(Mapping[str, "go.Figure"]):
    """Name -> Plotly figure of a sweep as it was when `figures()` was called.

    A figure is drawn when it is asked for, `figures["curves"]`, and then kept. The names are those of the figures that
    have something to show: `list(figures)` and `"curves" in figures` look at the trials and draw nothing.
    """

    def __init__(self, study: "SweepStudy", workspace: "Workspace") -> None:
        """Do not call this; use `Sweep.figures`. Raises: UserError: plotly is not installed."""
        from rts_search.basics.errors import UserError

        if find_spec("plotly") is None:
            raise UserError("figures: needs plotly: pip install 'rts-search[report]'")
        self._study, self._workspace = study, workspace
        self._view = self._read()
        self._drawn: dict[str, go.Figure] = {}

    def __getitem__(self, name: str) -> "go.Figure":
        """The figure. Raises: KeyError: there is none of this name, or it has nothing to show yet."""
        if name not in self._drawn:
            from rts_search.analysis.figures import FIGURES

            figure = FIGURES[name](self._view_of(name)) if name in FIGURES else None
            if figure is None:
                raise KeyError(f"{name}: must be one of {', '.join(self)}")
            import plotly.graph_objects as go

            self._drawn[name] = go.Figure(figure.data, {**figure.layout, "title": {"text": figure.title}})
        return self._drawn[name]

    def __iter__(self) -> Iterator[str]:
        from rts_search.analysis.figures import FIGURES

        return (name for name in FIGURES if name in self)

    def __contains__(self, name: object) -> bool:
        from rts_search.analysis.figures.has_data import HAS_DATA

        return isinstance(name, str) and name in HAS_DATA and HAS_DATA[name](self._view_of(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Figures of {self._study.name}: {', '.join(self) or 'none yet'}"

    def _ipython_key_completions_(self) -> list[str]:
        """The names, for completion of `figures["`."""
        return list(self)

    def _view_of(self, name: str) -> "SweepView":
        from rts_search.analysis.figures import OF_COURSES

        return self._with_courses if name in OF_COURSES else self._view

    def _read(self) -> "SweepView":
        from rts_search.analysis.confirmation.current import read_verdict
        from rts_search.analysis.figures import SweepView
        from rts_search.study.landscape_record import read_landscape

        entries = self._study.trials()
        measured = read_landscape(self._workspace.results.sweep(self._study.name).landscape_json)
        verdict = read_verdict(self._study, entries, self._workspace.storage_url).verdict
        return SweepView.of(self._study, entries, verdict, measured)

    @cached_property
    def _with_courses(self) -> "SweepView":
        """The same with the records of the compared runs, which are read from the store."""
        from rts_search.analysis.courses.reading import courses_to_show

        courses = courses_to_show(self._study, self._view.entries, self._view.verdict, self._workspace)
        return replace(self._view, courses=courses)
