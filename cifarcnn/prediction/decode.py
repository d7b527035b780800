"""Image files as the pixels that a network takes, decoded in a child process.

`decoder_child.py` says what becomes of an image; here its process is started, and started again
behind an image that ended it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.prediction import decoder_child
from cifarcnn.prediction.find_images import Unreadable

Fit = Literal["crop", "stretch"]

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
        child = _run_child(rest, fit)
        answers = list(_answers(rest, child.stdout))
        results += answers
        if len(answers) < len(rest):
            results.append(Unreadable(rest[len(answers)], _how_it_ended(child)))
    return results


def _run_child(paths: Sequence[Path], fit: Fit) -> "subprocess.CompletedProcess[bytes]":
    words = (decoder_child.__file__, fit, str(_MEGABYTES), str(_SECONDS))
    return subprocess.run(
        [sys.executable, "-P", *words],
        input=b"".join(os.fsencode(path) + b"\0" for path in paths),
        capture_output=True,
        check=False,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )


def _answers(paths: Sequence[Path], output: bytes) -> Iterator[Picture | Unreadable]:
    """What the child said of the images until its end; an answer that was cut is none."""
    size = int(np.prod(IMAGE_SHAPE))
    position = 0
    for path in paths:
        end = output.find(b"\n", position)
        if end < 0:
            return
        answer = json.loads(output[position:end])
        position = end + 1
        if "reason" in answer:
            yield Unreadable(path, answer["reason"])
            continue
        if len(output) < position + size:
            return
        pixels = np.frombuffer(output, np.uint8, size, position).reshape(IMAGE_SHAPE)
        position += size
        yield Picture(path, answer["format"], answer["width"], answer["height"], pixels)


def _how_it_ended(child: "subprocess.CompletedProcess[bytes]") -> str:
    if child.returncode == -signal.SIGPROF:
        return f"decoding it takes more than {_SECONDS} seconds"
    if child.returncode < 0:
        return f"decoding it crashes ({signal.Signals(-child.returncode).name})"
    last = child.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
    return f"it cannot be decoded ({last[0][:200]})"
