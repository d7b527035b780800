"""Whatever a template is given is text."""

from importlib import resources

from cifarcnn.report.rendering import section, with_marks
from tests.support.parsed_page import parsed

EVIL = "<b>&'\"><x {{ 7 * 7 }} {% raw %}"


def test_text_and_attributes_are_escaped() -> None:
    found = section("answers", EVIL, problem=EVIL, evaluate=None).content
    assert found.startswith(
        '<p class="missing">\n  &lt;b&gt;&amp;&#39;&#34;&gt;&lt;x {{ 7 * 7 }} {%'
    )
    page = parsed(found)
    assert page.text.startswith(f"{EVIL}, so there are no figures")
    assert page.all("code")[0].text == ""


def test_what_cannot_be_shown_is_marked() -> None:
    assert with_marks("a\x1b[1m\u202e\n\ud800b\r\t") == "a\ufffd[1m\ufffd\n\ufffdb\ufffd\ufffd"


def test_no_template_lets_data_pass_unescaped() -> None:
    templates = list((resources.files("cifarcnn.report") / "templates").iterdir())
    assert len(templates) > 15
    for file in templates:
        text = file.read_text(encoding="utf-8")
        assert "safe" not in text and "autoescape" not in text, file
