"""What a sweep file may not name when it comes from somebody who has no account on this machine: code, and any file."""

from collections.abc import Sequence
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.sweep.sweep import SweepFile
from trainables.core.settings.config import DEFAULT_WEIGHTS


class Untrusted(UserError):
    """The sweep names what only a user of this machine may name."""


def require_trust(sweep: SweepFile, data_roots: Sequence[Path], allow_code: bool) -> None:
    """Refuse code of the sender's choice, and paths outside the data roots, links followed.

    Raises:
        Untrusted: with the place and what whoever runs the service can do.
    """
    if ":" in sweep.model.name and not allow_code:
        raise Untrusted(
            f"{sweep.name}: model.name: must be a built-in, torchvision or timm model: this service runs no code that "
            f"a sweep names (serve --allow-code), but got {sweep.model.name!r}"
        )
    if sweep.notify is not None and not allow_code:
        raise Untrusted(
            f"{sweep.name}: notify: must be left out: this service runs no command and calls no address that a sweep "
            "names (serve --allow-code)"
        )
    paths = {"dataset.root": sweep.dataset.root}
    if sweep.model.pretrained != DEFAULT_WEIGHTS:
        paths["model.pretrained"] = sweep.model.pretrained
    for place, path in paths.items():
        if path is not None and not _within(Path(path), data_roots):
            known = ", ".join(map(str, data_roots)) or "none"
            raise Untrusted(
                f"{sweep.name}: {place}: must be in a folder that this service gives (serve --data-root; there is "
                f"{known}), but got {path!r}"
            )


def _within(path: Path, roots: Sequence[Path]) -> bool:
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError):
        return False
    return any(real.is_relative_to(root.resolve()) for root in roots)
