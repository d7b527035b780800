"""An augmentation of one's own, which is run in several threads."""

from pathlib import Path

import pytest

from tests.support.run import run_cifarcnn

pytestmark = pytest.mark.slow

CODE = """
import numpy as np
from cifarcnn.plugins import AUGMENTATIONS, PixelAugmentation

@AUGMENTATIONS.register("darken")
class Darken(PixelAugmentation):
    def draw(self, indexes, drawing):
        return [drawing.of_epoch().random(len(indexes)).astype(np.float32), np.arange(len(indexes))]

    def change(self, pixels, drawn, xp):
        factors, numbers = drawn
        if 70 in numbers:
            raise ValueError("the seventieth is too dark")
        return pixels * factors[:, None, None, None]
"""

SPEC = """
name: darkened
data: {dataset: demo, limit: 100, augment: [darken]}
model:
  layers:
    - flatten
    - dense: {units: 10, activation: softmax}
training: {epochs: 1, batch_size: 32}
"""


def test_a_mistake_within_an_epoch_is_one_line_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "darken.py").write_text(CODE)
    (tmp_path / "spec.yaml").write_text(SPEC)
    done = run_cifarcnn(tmp_path, "train", "spec.yaml", "--code", "darken.py", "-q")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: darken.py:13: ValueError: the seventieth is too dark\n"


def test_pixels_that_are_no_whole_numbers_are_cut_off(tmp_path: Path) -> None:
    (tmp_path / "darken.py").write_text(CODE.replace("70 in", "100 in"))
    (tmp_path / "spec.yaml").write_text(SPEC)
    done = run_cifarcnn(tmp_path, "train", "spec.yaml", "--code", "darken.py", "-q")
    assert done.returncode == 0, done.stderr
