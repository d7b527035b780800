"""Fetching the archive: from a server on this machine that behaves well or badly."""

import errno
import gc
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cifarcnn.data.cifar10 import transfer
from cifarcnn.data.load import load_dataset
from cifarcnn.errors import UserError
from tests.support.archive_server import Exchange, Server, honour_ranges, part_of


def ignore_ranges(exchange: Exchange) -> None:
    exchange.reply(200, exchange.server.content)


def break_off_once(exchange: Exchange) -> None:
    if len(exchange.server.ranges) == 1:
        break_off_always(exchange)
    else:
        honour_ranges(exchange)


def break_off_always(exchange: Exchange) -> None:
    content = exchange.server.content
    exchange.reply(200, content[: len(content) * 3 // 4], length=len(content))


def send_a_login_page(exchange: Exchange) -> None:
    exchange.reply(200, b"<html>Please log in to the network</html>")


def send_the_wrong_part(exchange: Exchange) -> None:
    exchange.reply(206, b"xyz", Content_Range="bytes 1-3/4")


class Recorder:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.tasks: list[tuple[int | None, int]] = []
        self.open = False

    def start(self, total: int | None, description: str) -> None:
        assert not self.open
        assert "CIFAR-10" in description
        self.open = True
        self.tasks.append((total, 0))

    def advance(self, count: int) -> None:
        assert self.open
        total, done = self.tasks[-1]
        self.tasks[-1] = (total, done + count)

    def finish(self) -> None:
        assert self.open
        self.open = False


def leave_part(cache: Path, content: bytes) -> None:
    cache.parent.mkdir(parents=True)
    part_of(cache).write_bytes(content)


def failure() -> UserError:
    with pytest.raises(UserError) as raised:
        load_dataset("cifar10")
    error = raised.value
    assert "\n" not in error.message
    assert error.hint is not None
    assert "\n" not in error.hint
    return error


def test_a_download_is_kept_and_not_repeated(server: Server, cache: Path) -> None:
    progress = Recorder()
    dataset = load_dataset("cifar10", progress=progress)

    size = len(server.content)
    assert progress.tasks == [(size, size)]
    assert not progress.open
    assert dataset.source == str(cache)
    assert cache.read_bytes() == server.content
    assert not part_of(cache).exists()

    load_dataset("cifar10")
    assert server.ranges == [None]


def test_a_connection_that_breaks_off_is_continued(server: Server, cache: Path) -> None:
    server.behave = break_off_once
    progress = Recorder()
    load_dataset("cifar10", progress=progress)

    assert cache.read_bytes() == server.content
    assert server.ranges[0] is None
    assert server.ranges[1] is not None
    assert progress.tasks[-1] == (len(server.content), len(server.content))


def test_what_an_earlier_run_left_is_continued(server: Server, cache: Path) -> None:
    leave_part(cache, server.content[:1000])
    progress = Recorder()
    load_dataset("cifar10", progress=progress)

    assert server.ranges == ["bytes=1000-"]
    assert cache.read_bytes() == server.content
    assert progress.tasks == [(len(server.content), len(server.content))]


def test_a_server_that_ignores_ranges_starts_clean(server: Server, cache: Path) -> None:
    server.behave = ignore_ranges
    leave_part(cache, b"x" * 1000)
    load_dataset("cifar10")

    assert server.ranges == ["bytes=1000-"]
    assert cache.read_bytes() == server.content


def test_a_part_that_was_complete_is_put_in_place(server: Server, cache: Path) -> None:
    leave_part(cache, server.content)
    load_dataset("cifar10")
    assert server.ranges == [f"bytes={len(server.content)}-"]
    assert cache.exists()


def test_a_part_longer_than_the_file_starts_clean(server: Server, cache: Path) -> None:
    leave_part(cache, server.content + b"x")
    load_dataset("cifar10")
    assert server.ranges[1:] == [None]
    assert cache.read_bytes() == server.content


def test_a_part_of_another_file_is_deleted_and_the_next_run_succeeds(
    server: Server, cache: Path
) -> None:
    leave_part(cache, b"x" * 1000)
    assert "is not CIFAR-10 and was deleted" in failure().message
    assert not part_of(cache).exists()
    load_dataset("cifar10")


def test_a_server_that_always_breaks_off(server: Server, cache: Path) -> None:
    server.behave = break_off_always
    error = failure()
    assert "the connection broke off after" in error.message
    assert "run again to continue" in error.message
    assert len(server.ranges) == 3
    assert part_of(cache).exists()
    assert not cache.exists()


def test_content_that_is_not_cifar10_is_deleted(server: Server, cache: Path) -> None:
    server.behave = send_a_login_page
    error = failure()
    assert error.message.startswith(f"What {server.url} sent is not CIFAR-10 and was deleted: ")
    assert not cache.exists()
    assert not part_of(cache).exists()


def test_a_server_without_the_file(server: Server, cache: Path) -> None:
    server.behave = lambda exchange: exchange.reply(404, b"")
    error = failure()
    assert f"{server.url} could not be fetched: the server answered 404" in error.message
    assert len(server.ranges) == 1
    assert not part_of(cache).exists()


def test_a_server_that_sends_another_part_than_asked(server: Server, cache: Path) -> None:
    server.behave = send_the_wrong_part
    leave_part(cache, server.content[:10])
    assert "the server sent another part" in failure().message
    assert not part_of(cache).exists()


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_that_is_too_large(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    monkeypatch.setattr(transfer, "MAX_BYTES", 100_000)

    def stream(exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.end_headers()
        exchange.wfile.write(exchange.server.content)

    server.behave = honour_ranges if announced else stream
    assert "bytes" in failure().message
    assert not cache.exists()
    assert not part_of(cache).exists()


def test_without_network_one_error_says_all_that_is_needed(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/cifar.tar.gz"
    monkeypatch.setenv("CIFARCNN_DATA_URL", url)
    error = failure()
    assert error.message == (
        f"CIFAR-10 is not on this machine, and {url} could not be fetched: Connection refused."
    )
    assert error.hint == (
        f"Fetch that file by other means and put it at {cache}, or name its place with "
        "--data-dir; --set data.dataset=demo works without it."
    )
    assert not part_of(cache).exists()


def test_a_file_address(archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFARCNN_DATA_URL", archive.as_uri())
    load_dataset("cifar10")
    assert cache.read_bytes() == archive.read_bytes()


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://127.0.0.1/a", "/a/path", "data:,x"),
        *("http://[bad", "file://[bad/a", "http://127.0.0.1:port/a", "http://127.0.0.1:99999/a"),
        *("https://127.0.0.1/données/x.tar.gz", "http://127.0.0.1/a b", "http://127.0.0.1/a\n"),
    ],
)
def test_what_is_no_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CIFARCNN_DATA_URL", url)
    assert failure().message.startswith(f"CIFARCNN_DATA_URL is {url!r}, which is not an address")


def test_a_file_address_may_have_any_characters(
    archive: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "données de test.tar.gz"
    place.write_bytes(archive.read_bytes())
    monkeypatch.setenv("CIFARCNN_DATA_URL", f"file://{place}")
    load_dataset("cifar10")
    assert cache.read_bytes() == archive.read_bytes()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_redirection_to_no_address(server: Server, cache: Path) -> None:
    server.behave = lambda exchange: exchange.reply(302, b"", Location="http://[bad")
    assert "it leads to no address that can be fetched: " in failure().message
    assert not part_of(cache).exists()
    gc.collect()  # of the answer that urllib leaves open


def test_two_at_once_download_once(server: Server, cache: Path) -> None:
    both_have_started = threading.Barrier(2)

    def load(_: int) -> str:
        both_have_started.wait()
        return load_dataset("cifar10").source

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(load, range(2))) == [str(cache)] * 2
    assert server.ranges == [None]


def test_a_cache_folder_that_cannot_be_made(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    error = failure()
    assert f"cannot be stored in {tmp_path / 'file' / 'cifarcnn'}: " in error.message
    assert server.ranges == []


def test_a_full_disk(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    error = failure()
    assert f"cannot be stored in {cache.parent}: No space left on device." in error.message
    assert len(server.ranges) == 1
    assert not cache.exists()


def test_ctrl_c_keeps_what_has_come(server: Server, cache: Path) -> None:
    class Interrupt(Recorder):
        def advance(self, count: int) -> None:
            super().advance(count)
            if count:
                raise KeyboardInterrupt

    progress = Interrupt()
    with pytest.raises(KeyboardInterrupt):
        load_dataset("cifar10", progress=progress)
    assert not progress.open
    assert 0 < part_of(cache).stat().st_size < len(server.content)
    load_dataset("cifar10")
    assert server.ranges[1] is not None
