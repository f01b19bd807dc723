"""The documents of the repository, their code blocks, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")))
"""The pages for users."""
DOCUMENTS = (*PAGES, "CONTRIBUTING.md", "CHANGELOG.md", "results/README.md")


def text_of(document: str) -> str:
    return (ROOT / document).read_text()


def blocks(document: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(document), flags=re.MULTILINE | re.DOTALL)


def prose(document: str) -> str:
    """A document without its code blocks."""
    return re.sub(r"^```.*?^```", "", text_of(document), flags=re.MULTILINE | re.DOTALL)


def commands(document: str) -> Iterator[list[str]]:
    """Every command of the shell blocks, as its words without comments and redirections."""
    for block in blocks(document, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|;", re.sub(r"(^|\s)#.*", "", line)):
                if words := shlex.split(part.partition(">")[0]):
                    yield words


def own_commands() -> list[tuple[str, ...]]:
    """The words after `rts-search` of all commands of all documents, each once."""
    found = (words for document in DOCUMENTS for words in commands(document))
    return list(dict.fromkeys(tuple(words[1:]) for words in found if words[0] == "rts-search"))
