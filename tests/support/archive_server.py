"""A server on this machine that has one archive, and behaves well or badly."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PART_SUFFIX = ".part"
Behave = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer, by the rules of `Server.behave`."""

    server: "Server"

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers["Range"])
        self.server.behave(self)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def reply(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Serves one archive; `ranges` lists the Range header of every request, None without."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.content = content
        self.behave: Behave = honour_ranges
        self.ranges: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}/cifar-10-python.tar.gz"


def honour_ranges(exchange: Exchange) -> None:
    content = exchange.server.content
    asked = exchange.headers["Range"]
    start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
    if not asked:
        exchange.reply(200, content)
    elif start >= len(content):
        exchange.reply(416, b"", Content_Range=f"bytes */{len(content)}")
    else:
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        exchange.reply(206, content[start:], Content_Range=span)


def part_of(cache: Path) -> Path:
    return cache.with_name(cache.name + PART_SUFFIX)
