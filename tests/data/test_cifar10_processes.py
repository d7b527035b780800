"""Several real processes that fetch the data at once, and ones that are killed while they do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.archive_server import Exchange, Server, part_of
from tests.support.paths import SUPPORT

FETCHER = (sys.executable, str(SUPPORT / "cifar10_fetcher.py"))


def start() -> "subprocess.Popen[str]":
    """A process that is ready to fetch, once it is given a line."""
    pipe = subprocess.PIPE
    return subprocess.Popen(FETCHER, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def slowly(exchange: Exchange) -> None:
    """Send what was asked for in many small parts."""
    content = exchange.server.content
    asked = exchange.headers["Range"]
    first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
    exchange.send_response(206 if asked else 200)
    exchange.send_header("Content-Length", str(len(content) - first))
    if asked:
        exchange.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
    exchange.end_headers()
    try:
        for place in range(first, len(content), 16_384):
            exchange.wfile.write(content[place : place + 16_384])
            time.sleep(0.03)
    except OSError:  # nobody listens any more
        exchange.close_connection = True


def test_two_processes_at_once_do_no_harm(server: Server, cache: Path) -> None:
    server.behave = slowly
    processes = [start() for _ in range(3)]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        stdout, stderr = process.communicate(timeout=60)
        assert (process.returncode, stdout.strip()) == (0, "60"), stderr
    assert server.ranges == [None], "it was fetched more than once"
    assert cache.read_bytes() == server.content


@pytest.mark.parametrize("kills", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_a_process_that_is_killed_leaves_what_the_next_continues(
    server: Server,
    cache: Path,
    kills: int,
) -> None:
    server.behave = slowly
    part, arrived = part_of(cache), 0
    for number in range(kills):
        process = start()
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
        wanted = (number + 1) * len(server.content) // (kills + 2)
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size >= wanted):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not cache.exists()
        assert part.stat().st_size >= arrived, "it began anew"
        arrived = part.stat().st_size
    process = start()
    stdout, stderr = process.communicate("\n", timeout=60)
    assert (process.returncode, stdout.strip()) == (0, "60"), stderr
    assert cache.read_bytes() == server.content and not part.exists()
    assert server.ranges[0] is None and server.ranges[-1] == f"bytes={arrived}-"


def test_a_killed_waiter_stops_nobody(server: Server, cache: Path) -> None:
    """The lock of a process that died while it waited is nobody's."""
    server.behave = slowly
    first, second = start(), start()
    for process in (first, second):
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    time.sleep(0.5)
    os.kill(second.pid, signal.SIGKILL)
    second.communicate()
    stdout, stderr = first.communicate(timeout=60)
    assert (first.returncode, stdout.strip()) == (0, "60"), stderr
