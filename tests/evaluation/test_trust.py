"""`evaluate --trust`: Keras loads what lies outside the registry, and nothing else changes."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import Result

from cifarcnn.data.cifar10 import members
from cifarcnn.metrics.probabilities import are_probabilities, score_probabilities
from tests.support import fake_cifar10
from tests.support.command import invoke
from tests.support.hostile_checkpoints import (
    HOSTILE_ARCHIVES,
    HOSTILE_CONFIGS,
    HOSTILE_H5,
    config,
    write_h5,
    write_keras,
)

MAKE = """
import json
import keras
import numpy as np
from keras import layers as L

keras.utils.set_random_seed(1)
data = np.load("test.npz")
images, labels = data["images"] / np.float32(255), keras.utils.to_categorical(data["labels"], 10)
scores = {}

def save(name, model, from_logits=None):
    for suffix in ("h5", "keras"):
        model.save(f"{name}.{suffix}")
    if from_logits is not None:
        outputs = model.predict(images, verbose=0)
        losses = keras.losses.categorical_crossentropy(labels, outputs, from_logits=from_logits)
        scores[name] = float(np.mean(losses))

i = keras.Input((32, 32, 3))

def branches():
    x = L.Concatenate()([L.Conv2D(3, k, strides=8, padding="same")(i) for k in (3, 5)])
    return L.Flatten()(L.PReLU()(x))

save("branches", keras.Model(i, L.Dense(10, activation="softmax")(branches())), False)
save("logits", keras.Model(i, L.Dense(10)(branches())), True)
sharp = keras.Model(i, L.Dense(10, "softmax", kernel_initializer="ones")(branches() * 1e4))
sharp.layers[-1].set_weights([sharp.layers[-1].get_weights()[0] * np.arange(10), np.zeros(10)])
sharp.save("sharp.keras")
outputs = sharp.predict(images, verbose=0)
scores["sharp"] = float(np.mean(keras.losses.categorical_crossentropy(labels, outputs)))
bad = keras.Model(i, L.Dense(10, bias_initializer=keras.initializers.Constant(np.inf))(branches()))
save("infinite", bad)
save("lambda", keras.Sequential([
    i, L.Lambda(lambda v: __import__("os").system("touch executed") or v), L.Flatten(), L.Dense(10),
]))
gray = keras.Input((28, 28, 1))
save("gray", keras.Model(gray, L.Dense(10)(L.PReLU()(L.Flatten()(gray)))))
save("hundred", keras.Model(i, L.Dense(100)(branches())))
save("pictures", keras.Model(i, L.PReLU()(i)))
save("two_inputs", keras.Model([i, gray], L.Dense(10)(branches())))
save("two_outputs", keras.Model(i, [L.Dense(10)(branches())] * 2))
huge = L.GlobalAveragePooling1D()(L.RepeatVector(100_000_000)(L.Flatten()(i)))
save("huge", keras.Model(i, L.Dense(10)(huge)))
print(json.dumps(scores))
"""


@pytest.fixture(scope="module")
def files() -> Iterator[dict[str, bytes]]:
    """The files of a tiny CIFAR-10 that has ten classes, as what the networks give."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fake_cifar10, "CLASSES", tuple(f"class {label}" for label in range(10)))
        yield fake_cifar10.make_files()


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> Path:
    """Checkpoints of plain Keras, a tiny CIFAR-10, and the scores that Keras gives."""
    folder = tmp_path_factory.mktemp("trust")
    planes, labels = fake_cifar10.planes_and_labels(5)
    np.savez(folder / "test.npz", images=planes.transpose(0, 2, 3, 1), labels=labels)
    fake_cifar10.pack(folder / "data.tar.gz", fake_cifar10.entries(files))
    made = subprocess.run(
        [sys.executable, "-c", MAKE], cwd=folder, check=True, capture_output=True, text=True
    )
    (folder / "scores.json").write_text(made.stdout)
    (folder / "executed").unlink()  # by the building of the Lambda, which is Keras as it should be
    return folder


@pytest.fixture(autouse=True)
def _tiny_cifar10(monkeypatch: pytest.MonkeyPatch, foreign: Path, files: dict[str, bytes]) -> None:
    monkeypatch.setattr(members, "CIFAR10", fake_cifar10.release_of(files))
    monkeypatch.setenv("CIFARCNN_DATA_DIR", str(foreign / "data.tar.gz"))


def evaluate(path: Path, *options: str) -> Result:
    return invoke(["evaluate", str(path), *options])


def refused(path: Path, reason: str, *options: str) -> None:
    result = evaluate(path, *options)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    error = result.stderr.partition("error: ")[2]
    assert reason in error and str(path) in error, result.stderr
    assert error.count("\n") <= 2 and "Traceback" not in error and len(error) < 800
    assert not Path("executed").exists() and not (path.parent / "executed").exists()


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("branches.keras", "probabilities"),
        pytest.param("branches.h5", "probabilities", marks=SLOW),
        pytest.param("logits.keras", "logits", marks=SLOW),
        pytest.param("sharp.keras", "probabilities", marks=SLOW),
    ],
)
def test_a_network_outside_the_registry_is_scored_with_trust_alone(
    foreign: Path, name: str, outputs: str
) -> None:
    refused(foreign / name, "evaluate --trust lets Keras load it")
    result = evaluate(foreign / name, "--trust", "--json")
    assert result.exit_code == 0, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("warning: --trust: ") and "Keras loads it itself, in safe mode" in line
    scores = json.loads(result.stdout)
    expected = json.loads((foreign / "scores.json").read_text())[name.partition(".")[0]]
    assert scores["outputs"] == outputs
    assert scores["test_loss"] == pytest.approx(expected, rel=1e-5)
    assert scores["test_images"] == 12


def test_trust_changes_nothing_for_a_network_of_the_registry(tmp_path: Path) -> None:
    """A damaged checkpoint is damaged, and a hostile one hostile, whoever is trusted."""
    write_h5(tmp_path / "ours.h5")
    with h5py.File(tmp_path / "ours.h5", "r+") as file:
        file["model_weights/dense_1/dense_1/kernel"][0, 0] += 1
    refused(tmp_path / "ours.h5", "SHA-256 differs", "--trust")


def test_keras_is_given_what_was_looked_at(foreign: Path, tmp_path: Path) -> None:
    """An archive that is also HDF5, 512 bytes further on, which Keras would read by the name."""
    path = tmp_path / "two.h5"
    hidden = (foreign / "logits.h5").read_bytes()
    with zipfile.ZipFile(foreign / "branches.keras") as whole, zipfile.ZipFile(path, "w") as both:
        both.writestr("metadata.json", b" " * (512 - 30 - len("metadata.json")) + hidden)
        for name in ("config.json", "model.weights.h5"):
            both.writestr(name, whole.read(name))
    assert h5py.is_hdf5(path)
    result = evaluate(path, "--trust", "--json")
    assert result.exit_code == 0, result.output
    scores = json.loads(result.stdout)
    assert scores["outputs"] == "probabilities"
    expected = json.loads((foreign / "scores.json").read_text())["branches"]
    assert scores["test_loss"] == pytest.approx(expected, rel=1e-5)


def test_a_file_of_two_formats_is_refused_with_trust_too(foreign: Path, tmp_path: Path) -> None:
    parts = [(foreign / name).read_bytes() for name in ("lambda.h5", "branches.keras")]
    (tmp_path / "two.h5").write_bytes(b"".join(parts))
    refused(tmp_path / "two.h5", "it is HDF5 and a zip archive at once", "--trust")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lambda", "Keras' safe mode: Requested the deserialization of a `Lambda` layer"),
        ("infinite", "gives outputs that are not finite numbers"),
        ("gray", "its network goes from (None, 28, 28, 1) to (None, 10)"),
        ("hundred", "to (None, 100); expected (None, 32, 32, 3) to (None, 10)"),
        ("pictures", "to (None, 32, 32, 3); expected"),
        ("two_inputs", "its network goes from [(None, 32, 32, 3), (None, 28, 28, 1)]"),
        ("two_outputs", "to [(None, 10), (None, 10)]; expected"),
        ("huge", "running its network takes more memory than this machine has"),
    ],
)
def test_what_trust_does_not_admit(foreign: Path, name: str, suffix: str, reason: str) -> None:
    refused(foreign / f"{name}.{suffix}", reason, "--trust")


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE_CONFIGS)
def test_hostile_configs_run_nothing_with_trust_either(tmp_path: Path, name: str) -> None:
    text, _ = HOSTILE_CONFIGS[name]
    write_keras(tmp_path / "hostile.keras", **{"config.json": text.encode()})
    refused(tmp_path / "hostile.keras", "", "--trust")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*HOSTILE_ARCHIVES, *HOSTILE_H5])
def test_hostile_files_are_refused_with_trust_too(tmp_path: Path, name: str) -> None:
    if name in HOSTILE_ARCHIVES:
        path = tmp_path / "hostile.keras"
        members_of_archive, _ = HOSTILE_ARCHIVES[name]
        write_keras(path, **members_of_archive)
    else:
        path = tmp_path / "hostile.h5"
        change, _ = HOSTILE_H5[name]
        write_h5(path)
        with h5py.File(path, "r+") as file:
            change(file)
    refused(path, "", "--trust")


def function(module: str | None, name: Any, kind: str = "function") -> dict[str, Any]:
    return {"class_name": kind, "module": module, "config": name, "registered_name": kind}


def lambda_of(value: Any) -> str:
    row = {"class_name": "Lambda", "module": "keras.layers", "registered_name": None,
           "config": {"name": "l", "function": value}}  # fmt: skip
    return config(lambda rows: rows.insert(2, row))


GADGETS = {
    "a function of Keras that is no modeling (CVE-2025-8747)": function("keras.utils", "get_file"),
    "one that changes settings": function("keras.config", "set_floatx"),
    "one behind a dot": function("keras", "config.set_floatx"),
    "one as a class": function("keras.models", {}, "load_model"),
    "one of Python": function("os", "system"),
    "a type of TensorFlow": function("tensorflow", {}, "__typespec__"),
    "a name that is no name": function("keras.layers", {}, "Dense().__class__"),
    "a number for a name": {"class_name": 7, "module": "keras.layers", "config": {}},
}


@pytest.mark.parametrize("name", GADGETS)
def test_what_a_config_may_name_is_a_list(tmp_path: Path, name: str) -> None:
    """Keras refuses what it knows to be dangerous; here only what is known to be safe passes."""
    text = lambda_of(GADGETS[name])
    write_keras(tmp_path / "hostile.keras", **{"config.json": text.encode()})
    refused(tmp_path / "hostile.keras", "which is no layer, activation", "--trust")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("units", [60_000_000, 2_000_000])
def test_an_architecture_without_end_is_refused_before_memory_is_taken(
    tmp_path: Path, units: int
) -> None:
    rows: list[dict[str, Any]] = [
        {"class_name": "PReLU", "config": {"name": "p"}, "module": "keras.layers",
         "registered_name": None},
        {"class_name": "Dense", "config": {"name": "d", "units": units}, "module": "keras.layers",
         "registered_name": None},
    ]  # fmt: skip
    text = config(lambda layers: layers.__setitem__(slice(4, 4), rows))
    write_keras(tmp_path / "bomb.keras", **{"config.json": text.encode()})
    refused(tmp_path / "bomb.keras", "is refused", "--trust")


def test_probabilities_are_told_from_logits() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(50, 10)).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert are_probabilities(shares) and not are_probabilities(logits)
    assert not are_probabilities(np.abs(logits)) and not are_probabilities(-shares)
    labels = random.integers(0, 10, 50).astype(np.uint8)
    loss = -np.log(shares[np.arange(50), labels].astype(np.float64)).mean()
    assert score_probabilities(shares, labels).loss == pytest.approx(loss, rel=1e-6)
    sure = np.eye(10, dtype=np.float32)[(labels + 1) % 10]
    assert score_probabilities(sure, labels).loss == pytest.approx(-np.log(1e-7))
    assert score_probabilities(sure, labels).accuracy == 0
