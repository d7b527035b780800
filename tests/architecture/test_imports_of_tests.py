"""Test modules share code through tests/support alone."""

import re

from tests.support.paths import ROOT

TEST_MODULE = re.compile(r"^ *(?:from|import) (?:tests[\w.]*\.)?test_\w+", re.MULTILINE)


def test_no_module_imports_from_a_test_module() -> None:
    modules = (ROOT / "tests").rglob("*.py")
    importing = [path for path in modules if TEST_MODULE.search(path.read_text(encoding="utf-8"))]
    assert not importing
