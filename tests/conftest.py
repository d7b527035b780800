"""What all tests share: a clean environment, and running the program as a user does."""

import subprocess
from pathlib import Path

import pytest

from cifarcnn.language.short_forms import SHORT_FORMS, variable_of
from tests.support.run import Cifarcnn, run_cifarcnn
from tests.support.specs import TINY

TESTS = Path(__file__).parent
FAST_FOLDERS = ("cli", "docs", "files", "language", "metrics")
"""Whose tests are marked `fast`: they import no framework and train nothing."""
NOT_FAST = (
    "cli/test_terminal.py",
    "docs/test_contributing.py",
    "docs/test_hints.py",
    "language/reading/test_fuzz.py",
    "language/writing/test_spec_text.py",
)
"""The modules in these folders that take longer."""


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the fast tests."""
    for item in items:
        path = item.path.relative_to(TESTS)
        in_folder = path.parts[0] in FAST_FOLDERS and path.as_posix() not in NOT_FAST
        if in_folder and item.get_closest_marker("slow") is None:
            item.add_marker("fast")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the user's own would set values of the specs in the tests."""
    for name in SHORT_FORMS:
        monkeypatch.delenv(variable_of(name), raising=False)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The tiny spec as a file."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.fixture
def cifarcnn(tmp_path: Path) -> Cifarcnn:
    """Run the program in a fresh process, in `tmp_path`, without a terminal."""

    def run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return run_cifarcnn(tmp_path, *arguments, **environment)

    return run
