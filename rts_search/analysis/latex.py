"""Writes tables for LaTeX, so that they compile whatever the names of sweeps, data sets and models hold."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "±": r"$\pm$",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
} | {sign: f"\\{sign}" for sign in "&%$#_{}"}
"""Characters with a meaning in LaTeX -> how they are written. At the begin of a row, [ and * are options of the end of
the row before."""
PACKAGES = "% needs \\usepackage{booktabs}"
LAST_LETTER = 0x17F
"""The end of Latin Extended-A. LaTeX knows these letters without further packages, except for some."""
UNKNOWN = frozenset("ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ")
"""Those letters that it does not know in its usual font encoding (OT1), as pdflatex of TeX Live 2022 says."""


def latex_table(head: Sequence[str], groups: Sequence[Sequence[Sequence[str]]], columns: str) -> str:
    """A table for the package booktabs.

    Args:
        head: names of the columns.
        groups: the rows of each group; a line parts two groups.
        columns: l or r for each column.
    """
    parts = [[_row(row) for row in group] for group in groups if group]
    body = list(chain.from_iterable([r"\midrule", *part] for part in parts))
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", _row(head), *body, r"\bottomrule", r"\end{tabular}", ""]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """A text for LaTeX, on one line."""
    written = "".join(_written(sign) for sign in " ".join(text.split()))
    for ligature in ("--", "?`", "!`"):
        written = written.replace(ligature, f"{ligature[0]}{{}}{ligature[1]}")
    return re.sub(r"(?<![^ (])-(?=\d)", "$-$", written)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"


def _written(sign: str) -> str:
    """One character. What LaTeX does not know becomes its letters without accents, or else its number: U+4E2D."""
    if sign in SPECIAL:
        return SPECIAL[sign]
    if " " <= sign <= "~" or (sign.isalpha() and ord(sign) <= LAST_LETTER and sign not in UNKNOWN):
        return sign
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return "".join(SPECIAL.get(one, one) for one in plain if one.isprintable()) or f"U+{ord(sign):04X}"
