"""Hyperparameter search for the PUGD-RTS optimizer on Ray Tune; `Sweep` shows a sweep's results in a notebook."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rts_search.notebook import Sweep

__all__ = ["Sweep"]


def __getattr__(name: str) -> Any:
    """Import `Sweep` when it is first used, so that a command can heed signals before it imports anything."""
    if name != "Sweep":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rts_search.notebook import Sweep

    return Sweep
