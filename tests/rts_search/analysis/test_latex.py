"""Tables for LaTeX: what they hold is text, whatever its characters mean to LaTeX.

No TeX runs here. The table of all these characters was compiled by pdflatex (TeX Live 2022); what failed is escaped.
"""

import re

import pytest

from rts_search.analysis.latex import escaped, latex_table


def parsed(latex: str, braces: bool = False) -> tuple[int, list[list[str]]]:
    """Columns and rows of a tabular, read as LaTeX reads them: what is escaped is text.

    braces: whether cells may have braces.
    """
    body = re.search(r"\\begin\{tabular\}\{(\w+)\}\n(.*)\\end\{tabular\}", latex, re.DOTALL)
    assert body is not None
    assert body[2].split("\n")[0] == r"\toprule"
    assert body[2].rstrip().endswith(r"\bottomrule")
    lines = [line for line in body[2].splitlines() if line and not line.startswith((r"\toprule", r"\mid", r"\bottom"))]
    assert all(line.endswith(r" \\") for line in lines)
    rows = [re.split(r"(?<!\\)&", line.removesuffix(r" \\")) for line in lines]
    text = "".join(cell for row in rows for cell in row).replace("$\\pm$", "").replace("$-$", "")
    assert not re.search(r"(?<!\\)[%#_~^$]" if braces else r"(?<!\\)[%#_{}~^$]", text)
    return len(body[1]), rows


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b & 5 %", r"a\_b \& 5 \%"),
        ("0.9 ± 0.1", r"0.9 $\pm$ 0.1"),
        ("a - b, -0.12 (-1 to +2)", r"a - b, $-$0.12 ($-$1 to +2)"),
        ("a--b?`", r"a-{}-b?{}`"),
        ('[x]* <a> | "', r"{[}x{]}{*} \textless{}a\textgreater{} \textbar{} {\char34}"),
        ("two\nlines\tlong", "two lines long"),
        ("Größe Łódź", "Größe Łódź"),
        ("Ą đ β 中 ½ ②", "A U+0111 U+03B2 U+4E2D 12 2"),
        ("\\x{~^}", r"\textbackslash{}x\{\textasciitilde{}\textasciicircum{}\}"),
    ],
)
def test_text_is_escaped(text: str, written: str) -> None:
    assert escaped(text) == written


def test_a_row_that_begins_with_a_bracket_or_a_star_is_no_option_of_the_row_before() -> None:
    table = latex_table(["a", "b"], [[["[x]", "1"], ["* y", "-2"]], [], [["mean", "3 & 4"]]], "lr")
    columns, rows = parsed(table, braces=True)
    assert (columns, len(rows)) == (2, 4)
    assert [row[0].strip() for row in rows] == ["a", "{[}x{]}", "{*} y", "mean"]
    assert table.count(r"\midrule") == 2
