"""Image files as the pixels that a network takes, decoded in a child process.

`decoder_child.py` says what becomes of an image; here its process is started, and started again
behind an image that ended it.
"""

import base64
import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.prediction import decoder_child
from cifarcnn.prediction.find_images import Unreadable
from cifarcnn.processes.run_module import run_module

Fit = Literal["crop", "stretch"]

CHILD = decoder_child.__name__
_MEGABYTES = 2048
_SECONDS = 30
"""Of processor time for one image; the largest that is admitted takes two or three."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An image that was read."""

    path: Path
    format: str
    width: int
    """In the file, after the rotation that its EXIF asks for."""
    height: int
    pixels: NDArray[np.uint8]
    """From 0 to 255, of shape (32, 32, 3)."""


def decode_images(paths: Sequence[Path], fit: Fit) -> list[Picture | Unreadable]:
    """Read image files, each of any size and mode; what cannot be read comes with its reason.

    The largest square in the middle (`crop`), or the whole image (`stretch`), is resized to 32 x 32
    with Pillow's bicubic filter, which takes the mean over what becomes one pixel. An image of
    32 x 32 keeps its pixels. Transparency is laid on white; 16 bit grey becomes 8 bit.
    """
    results: list[Picture | Unreadable] = []
    while len(results) < len(paths):
        rest = paths[len(results) :]
        given = json.dumps([str(path) for path in rest])
        words = (fit, _MEGABYTES, _SECONDS)
        child = run_module(CHILD, *words, given=given, one_thread=True)
        answers = list(_answers(rest, child.output))
        results += answers
        if len(answers) < len(rest):
            reason = child.failure(
                {signal.SIGPROF: f"decoding it takes more than {_SECONDS} seconds"},
                "decoding it crashes",
                "it cannot be decoded",
            )
            results.append(Unreadable(rest[len(answers)], reason))
    return results


def _answers(paths: Sequence[Path], output: str) -> Iterator[Picture | Unreadable]:
    """What the child said of the images until its end; a line that was cut is no answer."""
    for path, line in zip(paths, output.splitlines(keepends=True), strict=False):
        if not line.endswith("\n"):
            return
        answer = json.loads(line)
        if "reason" in answer:
            yield Unreadable(path, answer["reason"])
            continue
        pixels = np.frombuffer(base64.b64decode(answer["pixels"]), np.uint8)
        facts = (answer["format"], answer["width"], answer["height"])
        yield Picture(path, *facts, pixels.reshape(IMAGE_SHAPE))
