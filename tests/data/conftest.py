import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cifarcnn.data.cifar10 import members, transfer
from tests.support import fake_cifar10
from tests.support.archive_server import Server


@pytest.fixture(autouse=True)
def _no_places_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the caches, the settings and the network of the machine out of the tests."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for variable in ("KERAS_HOME", "XDG_CACHE_HOME", "CIFARCNN_DATA_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("CIFARCNN_DATA_URL", (tmp_path / "no-such-file").as_uri())
    monkeypatch.setattr(transfer, "RETRY_PAUSES_SECONDS", (0.0, 0.0))


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of a tiny CIFAR-10, whose digests stand in for the published ones."""
    contents = fake_cifar10.make_files()
    monkeypatch.setattr(members, "CIFAR10", fake_cifar10.release_of(contents))
    return contents


@pytest.fixture
def archive(files: dict[str, bytes], tmp_path: Path) -> Path:
    return fake_cifar10.pack(tmp_path / "intact" / "packed.bin", fake_cifar10.entries(files))


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """Where a download goes; whatever the test does, only known kinds of files may be there."""
    folder = tmp_path / "home" / ".cache" / "cifarcnn"
    yield folder / "cifar-10-python.tar.gz"
    left = {path.name for path in folder.glob("*")}
    suffixes = ("", ".part", ".lock")
    assert left <= {f"cifar-10-python.tar.gz{suffix}" for suffix in suffixes}


@pytest.fixture
def server(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server(archive.read_bytes()) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("CIFARCNN_DATA_URL", running.url)
        yield running
        running.shutdown()
        thread.join()
