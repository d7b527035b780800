"""`cifarcnn predict` on real files, against what plain Keras gives for the same pixels."""

import json
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import Result
from PIL import Image

from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.data.load import load_dataset
from cifarcnn.language.dataset_facts import DATASETS, DEMO
from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.networks.build import build_network
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from tests.support.command import invoke
from tests.support.hostile_checkpoints import (
    HOSTILE_ARCHIVES,
    HOSTILE_CONFIGS,
    HOSTILE_H5,
    write_h5,
    write_keras,
)
from tests.support.paths import REAL_DATA

# Keras' writer of .h5 files hands NumPy variables that do not know NumPy 2's `copy`.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SPEC = """\
name: small
data: {dataset: demo, pixels: standard}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 5, strides: 4, activation: relu}
    - batch_normalization
    - flatten
    - dense: {units: 10, activation: softmax}
"""
IMAGES = np.random.default_rng(4).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
NAMES = ("a.png", "b.bmp", "c.tif")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with random weights."""
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
    spec = parse_spec(SPEC, "small.yaml")
    model = build_network(spec.name, pixel_rescaling(spec.data), spec.model.layers)
    generator = np.random.default_rng(3)
    model.set_weights([generator.normal(0.5, 0.2, w.shape) for w in model.get_weights()])
    path = tmp_path_factory.mktemp("predict") / "checkpoint.h5"
    write_checkpoint(path, spec, model)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of images, which is also the one to work in."""
    for name, image in zip(NAMES, IMAGES, strict=True):
        Image.fromarray(image).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def predict(*arguments: str | Path) -> Result:
    return invoke(["predict", *map(str, arguments)])


def predicted(*arguments: str | Path) -> Any:
    result = predict(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_probabilities_are_those_of_plain_keras(checkpoint: Path, folder: Path) -> None:
    import keras

    expected = keras.models.load_model(checkpoint).predict(IMAGES, verbose=0)
    names = DEMO.class_names
    data = predicted(checkpoint, ".", "--top", "10")
    assert [row["image"] for row in data["predictions"]] == list(NAMES)
    assert data["dataset"] == "demo" and data["unreadable"] == []
    for row, shares in zip(data["predictions"], expected, strict=True):
        assert [one["class"] for one in row["top"]] == [names[i] for i in np.argsort(-shares)]
        for one in row["top"]:
            assert one["probability"] == pytest.approx(shares[names.index(one["class"])], abs=1e-6)
        assert (row["width"], row["height"]) == (32, 32)
    assert len({row["top"][0]["probability"] for row in data["predictions"]}) == 3
    (first,) = predicted(checkpoint, "b.bmp")["predictions"]
    assert first["top"] == data["predictions"][1]["top"][:3]


def test_the_table_shows_the_classes(checkpoint: Path, folder: Path) -> None:
    (row,) = predicted(checkpoint, "a.png")["predictions"]
    best, second, _ = row["top"]
    shown = predict(checkpoint, "a.png", "--top", "2").stdout
    words = shown.splitlines()[-2].split()
    assert words[0] == "a.png" and words[1] == best["class"]
    assert words[2:] == [f"{best['probability']:.4f}", second["class"],
                         f"{second['probability']:.4f}"]  # fmt: skip
    assert "then" not in predict(checkpoint, "a.png", "--top", "1").stdout


def test_an_image_and_its_mirror_image_are_one_with_tta(checkpoint: Path, folder: Path) -> None:
    Image.fromarray(IMAGES[0, :, ::-1]).save("mirrored.png")
    both = (checkpoint, "a.png", "mirrored.png")
    one, other = predicted(*both)["predictions"]
    assert one["top"] != other["top"]
    one, other = predicted(*both, "--tta", "mirror")["predictions"]
    assert one["top"] == other["top"]


def test_an_unreadable_image_is_named_and_the_rest_predicted(
    checkpoint: Path, folder: Path
) -> None:
    Path("evil\x1b[2J[red].png").write_bytes(b"no image")
    result = predict(checkpoint, "a.png", "evil\x1b[2J[red].png", "absent.png", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert [row["image"] for row in data["predictions"]] == ["a.png"]
    assert [row["image"] for row in data["unreadable"]] == ["evil\x1b[2J[red].png", "absent.png"]
    first, second, last = result.stderr.splitlines()
    assert first.startswith(r"warning: evil\x1b[2J[red].png cannot be read: it is no image")
    assert second == "warning: absent.png cannot be read: No such file or directory"
    assert last == "error: 2 of 3 images could not be read"
    assert "\x1b" not in result.stdout + result.stderr
    Path("good\x1b[2J[red].png").write_bytes(Path("a.png").read_bytes())
    assert r"good\x1b[2J[red].png" in predict(checkpoint, "good\x1b[2J[red].png").stdout


def test_nothing_that_can_be_read(checkpoint: Path, folder: Path) -> None:
    Path("empty").mkdir()
    result = predict(checkpoint, "empty", "absent.png", "--json")
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.splitlines()[-1] == "error: none of the 2 images could be read"
    result = predict(checkpoint, "absent.png")
    assert result.exit_code == 2
    assert result.stderr == "error: absent.png cannot be read: No such file or directory\n"
    assert predict(checkpoint).exit_code == 2


def test_a_missing_pillow_is_named(
    checkpoint: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    result = predict(checkpoint, "a.png")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "(PIL)" in line and "pip install 'cifarcnn[images]'" in line


HOSTILE = {
    "external link": "h5",
    "shape of 5 GiB": "h5",
    "flipped weight": "h5",
    "spec runs Python": "h5",
    "Lambda": "keras",
    "a function of a module (CVE-2025-1550)": "keras",
    "path traversal": "archive",
}


def write_hostile(folder: Path, name: str) -> Path:
    """A file of the corpus of hostile checkpoints."""
    if HOSTILE[name] == "h5":
        write_h5(folder / "hostile.h5")
        with h5py.File(folder / "hostile.h5", "r+") as file:
            HOSTILE_H5[name][0](file)
        return folder / "hostile.h5"
    path = folder / "hostile.keras"
    if HOSTILE[name] == "keras":
        write_keras(path, **{"config.json": HOSTILE_CONFIGS[name][0].encode()})
    else:
        write_keras(path, **HOSTILE_ARCHIVES[name][0])
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_checkpoints_are_refused(folder: Path, name: str) -> None:
    path = write_hostile(folder, name)
    before = set(folder.iterdir())
    for words in (["predict", path, "a.png"], ["export", path, "--format", "keras"]):
        result = invoke([str(word) for word in words])
        assert result.exit_code == 2 and result.stdout == ""
        (line,) = result.stderr.splitlines()
        assert line.startswith("error: ") and str(path) in line
    assert set(folder.iterdir()) == before


@pytest.mark.slow
@pytest.mark.skipif(REAL_DATA is None, reason="needs CIFAR-10 in CIFARCNN_DATA_DIR")
def test_the_names_of_the_classes_are_those_of_the_data() -> None:
    for name in ("cifar10", "demo"):
        assert DATASETS[name].class_names == load_dataset(name).classes
