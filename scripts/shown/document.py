"""Writes docs/screenshots.md, which shows the pictures that have been taken."""

from collections.abc import Iterable
from pathlib import Path

SCHEMES, WIDTHS = ("light", "dark"), (1400, 390)
HEAD = """# Screenshots

[All documents](README.md) · [The service](service.md)

`python scripts/screenshots.py` took these pictures in Chromium, in windows of 1,400 and of 390 pixels, light and dark.
Long pages are cut. The sweep of 10,000 trials was written and not trained: its accuracies are random numbers.
"""
PART = """
## {title}

![{title}, light](screenshots/{name}-light-1400.png)

![{title}, on a phone, dark](screenshots/{name}-dark-390.png)

[dark](screenshots/{name}-dark-1400.png) · [on a phone, light](screenshots/{name}-light-390.png)
"""


def names(name: str) -> list[str]:
    """The files of the pictures of one page."""
    return [f"{name}-{scheme}-{width}.png" for scheme in SCHEMES for width in WIDTHS]


def document(pages: Iterable[tuple[str, str]], folder: Path) -> str:
    """The text. `pages`: name and title of each page; one without all its pictures in `folder` is left out."""
    shown = [page for page in pages if all((folder / file).exists() for file in names(page[0]))]
    return HEAD + "".join(PART.format(name=name, title=title) for name, title in shown)
