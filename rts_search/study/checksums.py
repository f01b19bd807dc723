"""Checksums of what a study keeps, by which a changed or a lost row is found when it is read.

They find accidents, such as a flipped bit, and not a person who changes the database on purpose. Studies of earlier
versions have none.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from rts_search.study.attributes import ARM, BASELINE, CHECKSUM, CONFIG, PLACE_IN_ARM, REPEATS

DRAWN, PARAMS, ENDED = "drawn", "params", "ended"
"""The checksums of a trial: of its attributes that stay from its draw on, of what Optuna keeps of the draw, and of all
its attributes and values once it has ended."""
FROM_THE_DRAW_ON = (ARM, PLACE_IN_ARM, BASELINE, REPEATS, CONFIG)
DIGEST_BYTES = 8


def checksum(text: str) -> str:
    """The checksum of a text, 16 hexadecimal digits."""
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def of_draw(number: int | None, texts: Mapping[str, str]) -> str:
    """The checksum of a trial from its draw on.

    Args:
        number: the trial's. None: the checksum as earlier versions wrote it, without the number.
        texts: name -> JSON of its attributes; others are ignored.
    """
    lines = [f"{name}={texts[name]}" for name in FROM_THE_DRAW_ON if name in texts]
    return checksum("\n".join([*_numbered(number), *lines]))


def of_params(params: Iterable[tuple[str, float, str]], drawn: Iterable[tuple[str, str]]) -> str:
    """The checksum of what Optuna keeps of a draw, which a sampler reads.

    Args:
        params: name, value and distribution of each parameter.
        drawn: name and JSON of each attribute of Optuna's own.
    """
    return checksum(repr((sorted(tuple(one) for one in params), sorted(tuple(one) for one in drawn))))


def of_end(
    number: int | None,
    state: str,
    texts: Mapping[str, str],
    steps: Mapping[int, float | None],
    values: Sequence[float | None],
) -> str:
    """The checksum of an ended trial.

    Args:
        number: the trial's. None: the checksum as earlier versions wrote it, without the number.
        state: COMPLETE, PRUNED or FAIL.
        texts: name -> JSON of all its attributes.
        steps: epoch -> the objective's value that Optuna has for it.
        values: the values that Optuna has for the trial.
    """
    lines = [f"{name}={texts[name]}" for name in sorted(texts) if name != CHECKSUM]
    texts_of_all = [*_numbered(number), state, *lines, repr(sorted(steps.items())), repr(list(values))]
    return checksum("\n".join(texts_of_all))


def _numbered(number: int | None) -> list[str]:
    return [] if number is None else [f"trial {number}"]
