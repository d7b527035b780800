"""`cifarcnn export`: the files that it writes compute what the checkpoint computes."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from click.testing import Result

from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.data.dataset import Dataset
from cifarcnn.data.load import load_dataset
from cifarcnn.entries.layers.arguments import ActivationName
from cifarcnn.errors import CifarcnnError
from cifarcnn.exporting import export as export_module
from cifarcnn.exporting.format_names import FormatName
from cifarcnn.exporting.formats import FORMATS
from cifarcnn.exporting.verify import compare, run_exported
from cifarcnn.language.entry_types import LAYERS
from cifarcnn.language.load import parse_spec
from cifarcnn.language.plan.network_plan import Composite
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.networks.build import build_network, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from tests.entries.layers.test_layer_contract import ROW, ROWS
from tests.support.command import invoke

# Keras' writer of .h5 files hands NumPy variables that do not know NumPy 2's `copy`.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ACTIVATIONS = get_args(ActivationName)
SPEC = """\
name: small
data: {dataset: demo, pixels: standard}
model:
  layers:
    - residual:
        layers:
          - conv2d: {filters: 4, kernel_size: 3, padding: same}
          - batch_normalization
          - activation: {activation: gelu}
          - depthwise_conv2d: {kernel_size: 3, padding: same}
        projection:
          - conv2d: {filters: 4, kernel_size: 1}
    - average_pooling2d: {pool_size: 4, padding: same}
    - dropout: {rate: 0.5}
    - conv2d: {filters: 6, kernel_size: 2, groups: 2, activation: celu}
    - flatten
    - repeat:
        times: 1
        layers: [dense: {units: 10, activation: softmax, activity_regularizer: l1}]
"""
LOGITS = SPEC.replace(", activation: softmax", "")
IMAGES = np.random.default_rng(4).integers(0, 256, (7, 32, 32, 3), dtype=np.uint8)


def make(path: Path, text: str = SPEC) -> Any:
    """A checkpoint with random weights; returns its network, which gives logits."""
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
    spec = parse_spec(text, "small.yaml")
    model = build_network(spec.name, pixel_rescaling(spec.data), without_softmax(spec.model.layers))
    generator = np.random.default_rng(3)
    model.set_weights([generator.normal(0, 0.2, w.shape) ** 2 for w in model.get_weights()])
    write_checkpoint(path, spec, model)
    return model


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A checkpoint."""
    path = tmp_path_factory.mktemp("export") / "checkpoint.h5"
    make(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def few() -> Dataset:
    """The demo with 50 test images, to be quick."""
    demo = load_dataset("demo")
    return replace(demo, test=demo.test.take(range(0, 2000, 40)))


@pytest.fixture
def checkpoint(
    content: bytes, few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A checkpoint in the folder to work in, which is verified with few images."""
    monkeypatch.setattr(export_module, "begin_loading", lambda *_: lambda: few)
    monkeypatch.chdir(tmp_path)
    Path("checkpoint.h5").write_bytes(content)
    return Path("checkpoint.h5")


def export(*arguments: str | Path) -> Result:
    return invoke(["export", *map(str, arguments)])


def softmax(logits: Any) -> Any:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("keras", SPEC, marks=SLOW),
        pytest.param("h5", LOGITS, marks=SLOW),
        pytest.param("saved_model", SPEC, marks=SLOW),
        pytest.param("onnx", LOGITS, marks=SLOW),
        pytest.param("onnx", SPEC, marks=SLOW),
    ],
)
def test_what_is_written_computes_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: FormatName, text: str
) -> None:
    for module in FORMATS[name].extra:
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    network = make(tmp_path / "checkpoint.h5", text)
    result = export("checkpoint.h5", "--format", name, "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    written = Path(f"checkpoint-export{FORMATS[name].suffix}")
    assert sorted(path.name for path in Path().iterdir()) == sorted(["checkpoint.h5", written.name])
    assert data["exported"] == str(written) and data["bytes"] > 1000
    assert data["test_images"] == 2000 and data["same_class"] >= 1998
    assert data["largest_difference"] < 1e-4
    seven = run_exported(name, written, IMAGES)  # any number of images
    np.testing.assert_allclose(seven, softmax(network.predict(IMAGES, verbose=0)), atol=1e-5)
    assert np.ptp(seven, axis=0).max() > 1e-3


def zeroed(model: Any, path: Path) -> None:
    model.set_weights([0 * array for array in model.get_weights()])
    model.save(path)


def failing(model: Any, path: Path) -> None:
    path.write_bytes(b"half")
    raise NotImplementedError("no such\nthing")


def no_space(model: Any, path: Path) -> None:
    raise OSError(28, "No space left on device", str(path))


def wrong(name: str, exported: Path, images: Any, layers: Any) -> Any:
    outputs = np.zeros((len(images), 10))
    outputs[:, 0] = 1
    return outputs


@pytest.mark.parametrize(
    ("write", "run", "reason"),
    [
        (zeroed, wrong, "is not kept: only "),
        (zeroed, lambda *_: np.zeros((50, 9)), "outputs of shape (50, 9)"),
        (zeroed, lambda *_: np.full((50, 10), np.nan), "not finite"),
        (failing, wrong, "cannot be written as Keras: no such thing"),
        (no_space, wrong, "No space left on device"),
        pytest.param(zeroed, run_exported, "is not kept: only ", marks=SLOW),
        pytest.param(
            lambda model, path: path.write_bytes(b"no model"), run_exported, "cannot be run: ",
            marks=SLOW,
        ),
    ],
)  # fmt: skip
def test_what_is_not_the_same_is_not_kept(
    checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Any, Path], None],
    run: Any,
    reason: str,
) -> None:
    monkeypatch.setitem(FORMATS, "keras", replace(FORMATS["keras"], write=write))
    monkeypatch.setattr(export_module, "run_exported", run)
    result = export(checkpoint, "--format", "keras")
    assert result.exit_code == 1 and result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ") and reason in line
    assert [path.name for path in Path().iterdir()] == ["checkpoint.h5"]


def test_nothing_is_overwritten(checkpoint: Path) -> None:
    Path("taken.keras").write_bytes(b"mine")
    Path("dangling.keras").symlink_to("nothing")
    before = checkpoint.read_bytes()
    for output, name in (
        ("taken.keras", "keras"),
        ("dangling.keras", "keras"),
        ("checkpoint.h5", "h5"),
        (".", "saved_model"),
    ):
        result = export(checkpoint, "--format", name, "--output", output)
        assert result.exit_code == 2
        assert f"{output} exists and is not overwritten" in result.stderr
    assert Path("taken.keras").read_bytes() == b"mine" and checkpoint.read_bytes() == before


def test_a_place_that_was_taken_meanwhile_is_not_overwritten(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(name: str, exported: Path, images: Any, layers: Any) -> Any:
        Path("checkpoint-export.keras").write_bytes(b"mine")
        return expected

    expected = softmax(np.zeros((50, 10)))
    monkeypatch.setattr(export_module, "run_exported", meanwhile)
    monkeypatch.setattr(export_module, "compare", lambda one, other: compare(expected, expected))
    result = export(checkpoint, "--format", "keras")
    assert result.exit_code == 2 and "is not overwritten" in result.stderr
    assert Path("checkpoint-export.keras").read_bytes() == b"mine"
    assert len(list(Path().iterdir())) == 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["absent.h5", "--format", "keras"], "the checkpoint absent.h5 does not exist"),
        (["no/folder.h5", "--format", "keras"], "the checkpoint no/folder.h5 does not exist"),
        (["x.h5", "--format", "keras", "--output", "a.h5"], "must end in .keras"),
        (["x.h5", "--format", "h5", "--output", "no/a.h5"], "the folder no does not exist"),
        (["x.h5"], "Missing option '--format'"),
        ([".", "--format", "keras"], "the checkpoint . is a folder; expected a .h5 or .keras file"),
        (["..", "--format", "saved_model"], "the checkpoint .. is a folder"),
    ],
)
def test_what_is_asked_wrongly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = export(*words)
    assert result.exit_code == 2 and reason in result.stderr


@pytest.mark.parametrize("missing", FORMATS["onnx"].extra)
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    result = export(tmp_path / "any.h5", "--format", "onnx")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert missing in line and "pip install 'cifarcnn[export]'" in line


def test_agreement_counts_classes_and_differences() -> None:
    expected = np.tile(np.linspace(0, 1, 10), (2000, 1))
    received = expected.copy()
    received[:2, 0] = 1.5
    received[5, 3] -= 1e-3
    agreement = compare(expected, received)
    assert (agreement.images, agreement.same_class) == (2000, 1998)
    assert agreement.largest_difference == pytest.approx(1.5)
    assert agreement.kept
    received[2, 0] = 1.5
    assert not compare(expected, received).kept
    assert compare(expected, expected + 1e-3).largest_difference == pytest.approx(1e-3)
    with pytest.raises(CifarcnnError, match="shape"):
        compare(expected, received[:, :9])


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_every_layer_can_be_written_as_onnx(tmp_path: Path) -> None:
    for module in FORMATS["onnx"].extra:
        pytest.importorskip(module)
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
    import keras

    rows = [*ROWS, *((f"activation: {{activation: {name}}}", ROW) for name in ACTIVATIONS)]
    failures = []
    for number, (text, shape) in enumerate(rows):
        layer = LAYERS.read(read_yaml_text(text, "row").data)
        if isinstance(layer, Composite) or getattr(layer, "activity_regularizer", None):
            continue  # which an export leaves out
        inputs = keras.Input(shape)
        model = keras.Model(inputs, layer.twin(shape).build(name="layer")(inputs))
        generator = np.random.default_rng(number)
        model.set_weights([generator.uniform(0.1, 1, w.shape) for w in model.get_weights()])
        values = generator.normal(size=(3, *shape)).astype(np.float32)
        path = tmp_path / f"{number}.onnx"
        try:
            FORMATS["onnx"].write(model, path)
            received = FORMATS["onnx"].load(path)(values)
            expected = model.predict_on_batch(values)
            np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)
        except Exception as error:  # noqa: BLE001 - all of them are to be listed
            failures.append(f"{text} on {shape}: {str(error).strip()[:300]}")
    assert not failures, "\n".join(failures)
