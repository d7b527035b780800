"""Pictures that a notebook shows."""

import base64
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from cifarcnn.api.arguments import PathLike, as_path
from cifarcnn.files.atomic import write_atomically


class Picture:
    """A picture in PNG format; Jupyter shows it."""

    def __init__(self, png: bytes, what: str) -> None:
        self.png = png
        self.what = what

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = struct.unpack(">II", self.png[16:24])
        return width, height

    def save(self, path: PathLike) -> Path:
        """Write the picture into a file; returns its path."""
        place = as_path(path)
        write_atomically(place, lambda temporary: _write(temporary, self.png))
        return place

    def __repr__(self) -> str:
        width, height = self.size
        return f"<Picture of {self.what}, {width} x {height} pixels>"

    def _repr_png_(self) -> bytes:
        return self.png

    def as_html(self) -> str:
        """The picture as an element of HTML that holds it."""
        data = base64.b64encode(self.png).decode()
        return f'<img style="max-width:100%" src="data:image/png;base64,{data}">'


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def drawn(draw: Callable[[Path], None], what: str) -> Picture:
    """The picture that a function draws into a file."""
    with tempfile.TemporaryDirectory(prefix="cifarcnn-") as folder:
        path = Path(folder) / "picture.png"
        draw(path)
        return Picture(path.read_bytes(), what)
