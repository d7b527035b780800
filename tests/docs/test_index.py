"""docs/README.md lists every page, and the links of every page lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = [ROOT / "README.md", ROOT / "tests" / "README.md", *sorted(DOCS.rglob("*.md"))]


def links_of(page: Path) -> list[tuple[str, str]]:
    """The relative targets of a page's links, each with its anchor; links in code are not links."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    found = re.findall(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)", text)
    return [(target, anchor) for target, anchor in found if target or anchor]


def anchors_of(page: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in words}


def test_the_index_lists_every_page() -> None:
    listed = {(DOCS / target).resolve() for target, _ in links_of(INDEX)}
    assert listed >= set(DOCS.glob("*.md")) - {INDEX}
    for folder in DOCS.iterdir():
        if folder.is_dir() and any(folder.glob("*.md")):
            assert listed & set(folder.glob("*.md")), f"docs/README.md has no page of {folder.name}"


def test_the_readme_leads_to_the_index() -> None:
    assert ("docs/README.md", "") in links_of(ROOT / "README.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in links_of(page):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        assert not anchor or anchor in anchors_of(file), f"{target}#{anchor}"
