"""`cifarcnn evaluate` on checkpoints of plain Keras, and on files that are not checkpoints."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import pytest

from tests.support.paths import REAL_DATA
from tests.support.run import Cifarcnn, run_cifarcnn

MAKE = """
import sys
import keras
from keras import layers as L

keras.utils.set_random_seed(1)

def save(name, model):
    for suffix in ("h5", "keras"):
        model.save(f"{name}.{suffix}")

save("sequential", keras.Sequential([
    keras.Input((32, 32, 3)),
    L.ZeroPadding2D(1),
    L.Conv2D(8, 3, strides=2, use_bias=False),
    L.BatchNormalization(momentum=0.5),
    L.Activation("relu"),
    L.AveragePooling2D(2, padding="same"),
    L.Conv2D(8, (3, 1), groups=2, activation="gelu"),
    L.GlobalMaxPooling2D(),
    L.Dropout(0.5),
    L.Dense(10, activation="softmax"),
]))
images = keras.Input((32, 32, 3))
save("logits", keras.Model(images, L.Dense(10)(L.Flatten()(L.Rescaling(2.0, -1.0)(images)))))
x = L.Flatten()(images)
save("branches", keras.Model(images, L.Add()([L.Dense(10)(x), L.Dense(10)(x)])))
save("unknown", keras.Sequential([
    keras.Input((32, 32, 3)), L.Flatten(), L.UnitNormalization(), L.Dense(10),
]))
save("lambda", keras.Sequential([
    keras.Input((32, 32, 3)), L.Lambda(lambda v: v), L.Flatten(), L.Dense(10),
]))
save("small", keras.Sequential([keras.Input((28, 28, 1)), L.Flatten(), L.Dense(10)]))
save("hundred", keras.Sequential([keras.Input((32, 32, 3)), L.Flatten(), L.Dense(100)]))
keras.models.load_model("sequential.keras").save_weights("only.weights.h5")
"""

SCORE = """
import json, sys
import keras, numpy as np
from cifarcnn.data.load import load_dataset
test = load_dataset("cifar10").test
scores = {}
for name in ("sequential.h5", "sequential.keras", "logits.keras"):
    model = keras.models.load_model(name)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=name.startswith("logits"))
    model.compile(loss=loss, metrics=["accuracy"])
    scores[name] = model.evaluate(test.images / 255.0, test.labels, batch_size=500, verbose=0)
print(json.dumps(scores))
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with checkpoints made by plain Keras."""
    folder = tmp_path_factory.mktemp("foreign")
    _python(MAKE, folder)
    return folder


def _python(code: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.slow
@pytest.mark.skipif(REAL_DATA is None, reason="needs CIFAR-10 in CIFARCNN_DATA_DIR")
def test_plain_keras_checkpoints_score_as_keras_scores_them(foreign: Path) -> None:
    for name, (loss, accuracy) in json.loads(_python(SCORE, foreign)).items():
        result = run_cifarcnn(foreign, "evaluate", name, "--json")
        scores = json.loads(result.stdout)
        assert scores["pixels"] == "unit"
        assert scores["test_loss"] == pytest.approx(loss, rel=1e-5)
        assert scores["test_accuracy"] == pytest.approx(accuracy, abs=1e-7)


@pytest.mark.slow
@pytest.mark.skipif(REAL_DATA is None, reason="needs CIFAR-10 in CIFARCNN_DATA_DIR")
def test_pixels_change_what_a_plain_checkpoint_is_given(foreign: Path) -> None:
    scores = [
        json.loads(run_cifarcnn(foreign, "evaluate", "logits.h5", "--json", *more).stdout)
        for more in ([], ["--pixels", "unit"], ["--pixels", "raw"])
    ]
    assert scores[0] == scores[1]
    assert scores[2]["pixels"] == "raw"
    assert scores[2]["test_loss"] > 10 * scores[0]["test_loss"]


@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("branches", "breaks the chain of layers"),
        ("unknown", "layer 3 (UnitNormalization) is none of"),
        ("lambda", "(Lambda) is none of"),
        ("small", "expected images of [32, 32, 3]"),
        ("hundred", "must give one value per class"),
    ],
)
def test_networks_outside_the_registry_are_refused(
    foreign: Path, name: str, suffix: str, reason: str
) -> None:
    result = run_cifarcnn(foreign, "evaluate", f"{name}.{suffix}")
    assert result.returncode == 2
    assert reason in result.stderr and f"{name}.{suffix}" in result.stderr
    assert "Traceback" not in result.stderr


def test_files_that_are_no_checkpoints_are_refused(
    cifarcnn: Cifarcnn, foreign: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.h5").touch()
    (tmp_path / "text.h5").write_text("not a checkpoint")
    whole = (foreign / "sequential.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = [1, 2, 3]
    for path, reason in [
        ("absent.h5", "does not exist"),
        (".", "is a folder"),
        ("empty.h5", "is not a checkpoint"),
        ("text.h5", "is not a checkpoint"),
        ("cut.h5", "is damaged"),
        ("other.keras", "it is not a .keras file"),
        ("other.h5", "holds no Keras model"),
        (foreign / "only.weights.h5", "holds no Keras model"),
    ]:
        result = cifarcnn("evaluate", path)
        assert (result.returncode, result.stdout) == (2, "")
        assert reason in result.stderr and "Traceback" not in result.stderr


def test_validation_of_a_plain_checkpoint_is_unknown(foreign: Path) -> None:
    result = run_cifarcnn(foreign, "evaluate", "logits.h5", "--split", "validation")
    assert result.returncode == 2
    assert "does not say what was held out" in result.stderr
