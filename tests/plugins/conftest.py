import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cifarcnn.spec import kinds
from cifarcnn.spec.registry import Registry
from cifarcnn.user_code import files, sources

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


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
    monkeypatch.setattr(files, "_files", {})
    monkeypatch.setattr(sources, "_places", [])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("cifarcnn_code_"):
            del sys.modules[name]
