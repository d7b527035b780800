import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cifarcnn.language import entry_types as kinds
from cifarcnn.language.registry import Registry
from cifarcnn.user_code import code_option, sources
from tests.support.paths import EXAMPLES


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples of the documentation."""
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))


@pytest.fixture
def forgetting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is registered in a test is forgotten after it."""
    for value in vars(kinds).values():
        if isinstance(value, Registry):
            monkeypatch.setattr(value, "_entries", dict(value.entries()))
    monkeypatch.setattr(code_option, "_files", {})
    monkeypatch.setattr(sources, "_places", [])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("cifarcnn_code_"):
            del sys.modules[name]
