"""The forms of Markdown that pages are made of."""

import pytest

from docs.generate.markdown import with_part

PAGE = "a\n<!-- one -->\n<!-- end -->\nb\n<!-- two -->\nold\n<!-- end -->\nc\n"


def test_a_part_is_replaced_and_nothing_else() -> None:
    page = with_part(PAGE, "one", "x")
    assert page == PAGE.replace("<!-- one -->\n", "<!-- one -->\nx\n")
    assert with_part(page, "one", "x") == page
    assert with_part(PAGE, "two", "new") == PAGE.replace("old", "new")


@pytest.mark.parametrize("page", ["", "<!-- one -->\n", PAGE + PAGE])
def test_a_part_that_is_missing_or_not_the_only_one_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="expected one part 'one'"):
        with_part(page, "one", "x")
