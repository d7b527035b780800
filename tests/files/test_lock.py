"""A run directory has one writer, on every kind of file system."""

import errno
import fcntl
from pathlib import Path

import pytest

from cifarcnn.errors import UserError
from cifarcnn.files.lock import RunLock


def failing_with(number: int) -> object:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(number, "as the system says it")

    return flock


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_a_warning(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing_with(number))
    told: list[str] = []
    with RunLock(tmp_path, told.append):
        assert len(told) == 1 and "without locks" in told[0] and str(tmp_path) in told[0]
    with RunLock(tmp_path):  # whoever does not listen is not told
        pass


def test_a_lock_that_fails_otherwise_is_not_called_another_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing_with(errno.EIO))
    with pytest.raises(UserError, match=r"cannot lock .*: as the system says it"):
        RunLock(tmp_path).__enter__()


def test_a_lock_that_is_held_names_its_process(tmp_path: Path) -> None:
    with (
        RunLock(tmp_path),
        pytest.raises(UserError, match=r"another process \(pid \d+\) is writing"),
    ):
        RunLock(tmp_path).__enter__()
    with RunLock(tmp_path):
        pass
