"""What a user should know about images that can be read: files that are left out, and cameras that were turned."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import ExifTags, Image

from trainables.core.data import imagefolder, table
from trainables.core.data.decode import SUFFIXES, is_image_name
from trainables.core.file_kinds import FILE, FOLDER, require_file
from trainables.core.settings.config import DatasetConfig

MOST_LOOKED_AT = 5_000
"""Most images whose orientation is read, evenly spread; reading 5,000 takes half a second."""
LIKE_IMAGES = frozenset(
    ("", ".avif", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpe", ".pbm", ".pnm", ".tga")
)
"""Endings of files that may hold images and are not read; "": no ending."""


def notes(config: DatasetConfig) -> tuple[str, ...]:
    """Sentences about a user's own images, for `check` and `launch`; empty for other data sets. Raises: ConfigError."""
    if config.name == "imagefolder":
        told = [_left_out(config), _turned(config, imagefolder.files(config))]
    elif config.name == "table":
        told = [_turned(config, table.files(config)[1:])]  # the first is the table itself
    else:
        told = []
    return tuple(filter(None, told))


def _left_out(config: DatasetConfig) -> str:
    """A sentence about files in the folders of the parts that look like images and are not read."""
    found = [one for folder in imagefolder.folders_of(config).values() for one in _unread(folder)]
    if not found:
        return ""
    counts = Counter(why for why, _ in found)
    first = dict(reversed(found))
    told = ", ".join(f"{count:,} {why} ({first[why]})" for why, count in counts.items())
    return (
        f"Not read: {told}. Images are the files PART/CLASS/* that end in {', '.join(sorted(SUFFIXES))}: move or "
        "convert the others, if they belong to the data."
    )


def _unread(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield why a file of a part is not read, and its path."""
    for name, kind in imagefolder.content(folder).items():
        if kind == FILE and is_image_name(name):
            yield "beside the class folders", folder / name
        if kind != FOLDER:
            continue
        for inner, its in imagefolder.content(folder / name).items():
            ending = os.path.splitext(inner)[1].lower()  # noqa: PTH122 -- 5 times faster
            if its == FILE and ending in LIKE_IMAGES:
                yield "without an ending" if not ending else f"that end in {ending}", folder / name / inner
            if its == FOLDER:
                yield from (("in folders of a class folder", path) for path in _images_below(folder / name / inner))


def _images_below(folder: Path) -> Iterator[Path]:
    """Yield the images in a folder and in the folders inside; links to folders are not followed."""
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in sorted(names) if is_image_name(name))


def _turned(config: DatasetConfig, paths: Sequence[Path]) -> str:
    """A sentence about images with an EXIF orientation that is not applied."""
    if config.upright:
        return ""
    step = -(-len(paths) // MOST_LOOKED_AT)
    looked_at = paths[:: max(step, 1)]
    turned = [path for path in looked_at if _is_turned(path)]
    if not turned:
        return ""
    return (
        f"{len(turned):,} of {len(looked_at):,} images have an EXIF orientation, which is not applied, so that they "
        f"are not upright ({turned[0]}): set dataset.upright to true to turn them."
    )


def _is_turned(path: Path) -> bool:
    """Whether Pillow would turn the image; False when it cannot tell, since decoding reports what is wrong."""
    try:
        require_file(path)
        with Image.open(path) as image:
            # Pillow itself turns TIFF files when it decodes them.
            return image.format != "TIFF" and image.getexif().get(ExifTags.Base.Orientation) in range(2, 9)
    except Exception:  # Pillow's decoders raise many kinds of errors
        return False
