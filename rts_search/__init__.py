"""Hyperparameter search for the PUGD-RTS optimizer on Ray Tune; `Sweep` launches and shows a sweep in a notebook."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rts_search.notebook import Sweep, Trial

__all__ = ["Sweep", "Trial"]


def __getattr__(name: str) -> Any:
    """Import a name only when it is asked for: a command hears signals before its first long import."""
    if name in __all__:
        from rts_search import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
