"""Which tests are marked `fast`."""

import pytest

from tests.conftest import FAST_FOLDERS, NOT_FAST, TESTS


def test_this_folder_is_not_fast(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("fast") is None


@pytest.mark.parametrize("folder", FAST_FOLDERS)
def test_a_fast_folder_has_tests(folder: str) -> None:
    assert any((TESTS / folder).rglob("test_*.py"))


@pytest.mark.parametrize("module", NOT_FAST)
def test_a_module_that_is_left_out_is_in_a_fast_folder(module: str) -> None:
    assert (TESTS / module).is_file()
    assert module.startswith(tuple(f"{folder}/" for folder in FAST_FOLDERS))
