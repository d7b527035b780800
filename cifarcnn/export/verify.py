"""Comparing what an exported file gives with what the checkpoint gives."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cifarcnn.errors import CifarcnnError
from cifarcnn.export.formats import FORMATS, FormatName
from cifarcnn.language.entry_types import Layer
from cifarcnn.language.writing.spec_text import plain
from cifarcnn.processes.run_module import run_module
from cifarcnn.user_code.code_option import code_files
from cifarcnn.user_code.installed import installed_plugins

PROMISED = 0.999
"""The share of the images whose class must be the same; sums in another order may turn the rest."""


@dataclass(frozen=True)
class Agreement:
    """How near what an exported file gives is to what the checkpoint gives."""

    images: int
    same_class: int
    largest_difference: float
    """Of any probability of any image."""

    @property
    def kept(self) -> bool:
        """Whether it is what is promised."""
        return self.same_class >= PROMISED * self.images


def compare(expected: NDArray[np.floating], received: NDArray[np.floating]) -> Agreement:
    """Compare probabilities image by image, both of shape (N, 10).

    Raises:
        CifarcnnError: what was received has another shape, or is not finite.
    """
    if received.shape != expected.shape:
        raise CifarcnnError(
            f"the exported file gives outputs of shape {received.shape}; expected {expected.shape}"
        )
    if not np.isfinite(received).all():
        raise CifarcnnError("the exported file gives outputs that are not finite numbers")
    same = expected.argmax(axis=1) == received.argmax(axis=1)
    difference = np.abs(expected.astype(np.float64) - received)
    return Agreement(len(same), int(same.sum()), float(difference.max()))


def run_exported(
    name: FormatName, exported: Path, images: NDArray[np.uint8], layers: Sequence[Layer] = ()
) -> NDArray[np.floating]:
    """What an exported file gives for images, (N, 10), run on the CPU in a process of its own.

    That process has no code of this one, unless the user gave some and the file needs it: then it
    runs the same files of `--code`, and builds `layers`, so that Keras knows their classes.

    Raises:
        CifarcnnError: it cannot be loaded or run.
    """
    with tempfile.TemporaryDirectory(prefix="cifarcnn-") as folder:
        given, output = Path(folder) / "images.npy", Path(folder) / "outputs.npy"
        np.save(given, images)
        words = [name, exported.absolute(), given, output]
        if FORMATS[name].names_classes and (code_files() or installed_plugins()):
            described = Path(folder) / "layers.json"
            described.write_text(json.dumps(plain(layers)), encoding="utf-8")
            words += [described, *(file.path.absolute() for file in code_files())]
        child = run_module("cifarcnn.export.run_exported", *words)
        if child.exit_code != 0:
            reason = child.last_line(f"exit code {child.exit_code}")
            raise CifarcnnError(f"the exported file cannot be run: {reason[:300]}")
        outputs: NDArray[np.floating] = np.load(output, allow_pickle=False)
    return outputs
