"""Checks of a sweep file that comes over the network: it may name neither code nor files outside the data folders."""

from collections.abc import Sequence
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.sweep.sweep import SweepFile
from trainables.core.settings.config import DEFAULT_WEIGHTS


class Untrusted(UserError):
    """The sweep names code or a file that only a user with an account on this machine may name."""


def require_trust(sweep: SweepFile, data_roots: Sequence[Path], allow_code: bool) -> None:
    """Refuse code, and paths outside the data folders; symbolic links are followed before the check.

    Args:
        sweep: the sweep that was sent to the service.
        data_roots: the folders that it may read (`serve --data-root`).
        allow_code: whether code is allowed (`serve --allow-code`).

    Raises:
        Untrusted: with the place, and the option of `serve` that would allow it.
    """
    if ":" in sweep.model.name and not allow_code:
        raise Untrusted(
            f"{sweep.name}: model.name: must be a built-in, torchvision or timm model: this service runs no code that "
            f"a sweep names (unless started with serve --allow-code), but got {sweep.model.name!r}"
        )
    if ":" in sweep.dataset.name and not allow_code:
        raise Untrusted(
            f"{sweep.name}: dataset.name: must be a data set that this service knows: it runs no code that a sweep "
            f"names (unless started with serve --allow-code), but got {sweep.dataset.name!r}"
        )
    if sweep.notify is not None and not allow_code:
        raise Untrusted(
            f"{sweep.name}: notify: must be left out: this service runs no command and calls no address that a sweep "
            "names (unless started with serve --allow-code)"
        )
    paths = {"dataset.root": sweep.dataset.root}
    if sweep.dataset.file is not None:
        paths["dataset.file"] = str(Path(sweep.dataset.root or "", sweep.dataset.file))
    if sweep.model.pretrained != DEFAULT_WEIGHTS:
        paths["model.pretrained"] = sweep.model.pretrained
    for place, path in paths.items():
        if path is not None and not _within(Path(path), data_roots):
            known = ", ".join(map(str, data_roots)) or "none"
            raise Untrusted(
                f"{sweep.name}: {place}: must be in a data folder of this service (serve --data-root; it has "
                f"{known}), but got {path!r}"
            )


def _within(path: Path, roots: Sequence[Path]) -> bool:
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError):
        return False
    return any(real.is_relative_to(root.resolve()) for root in roots)
