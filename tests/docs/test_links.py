"""Every link between the documents leads to a file, and to a heading of it."""

import re

import pytest

from tests.docs.documents import DOCUMENTS, PAGES, ROOT, prose, text_of


def slugs(document: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_link_leads_to_a_file_and_its_heading(document: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", text_of(document)):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / document).parent / file if file else ROOT / document
        assert path.exists(), target
        if anchor:
            assert anchor in slugs(str(path.resolve().relative_to(ROOT))), target


def test_the_readme_and_the_index_lead_to_every_page() -> None:
    for page in PAGES:
        name = page.removeprefix("docs/")
        if name != "README.md":
            assert f"]({page})" in text_of("README.md")
            assert f"]({name})" in text_of("docs/README.md")


def test_the_readme_is_short() -> None:
    assert len(text_of("README.md").splitlines()) <= 200


def test_the_page_of_performance_names_every_file_of_measurements() -> None:
    files = {path.name for path in (ROOT / "results/reference").glob("*.jsonl")}
    assert not [name for name in files if f"(../results/reference/{name})" not in text_of("docs/performance.md")]
