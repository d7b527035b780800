"""The callback tensorboard, read by the real TensorBoard."""

import csv
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.paths import SUPPORT
from tests.support.run import history_of, run_cifarcnn
from tests.support.specs import TINY

event_accumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator",
    reason="needs the extra tensorboard",
)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS_ONCE = SUPPORT / "kills_once.py"

CALLBACKS = """
  callbacks:
    - reduce_lr_on_plateau: {monitor: val_loss, factor: 0.5, patience: 1, min_delta: 10}
    - tensorboard: {update_freq: batch, histogram_freq: 2}
    - kills_once
"""
EPOCHS = 5
STEPS = 8  # of 450 images in batches of 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one spec: one unbroken, one killed in an epoch and again at the end of one."""
    folder = tmp_path_factory.mktemp("tensorboard")
    text = TINY.replace("epochs: 3", f"epochs: {EPOCHS}") + CALLBACKS.lstrip("\n")
    (folder / "spec.yaml").write_text(text)
    code = ("--code", str(KILLS_ONCE), "--quiet")
    done = run_cifarcnn(folder, "train", "spec.yaml", "--output", "unbroken", *code)
    assert done.returncode == 0, done.stderr
    (folder / "in a batch").touch()
    (folder / "after an epoch").touch()
    for words, ending in (
        (("train", "spec.yaml", "--output", "killed"), -signal.SIGKILL),
        (("resume", "killed"), -signal.SIGKILL),
        (("resume", "killed"), 0),
    ):
        done = run_cifarcnn(folder, *words, *code)
        assert done.returncode == ending, done.stderr
    assert history_of(folder / "killed") == history_of(folder / "unbroken")
    return folder


def scalars(run: Path, part: str) -> dict[str, list[tuple[int, float]]]:
    """All that TensorBoard reads of a run's scalars: steps and values by tag."""
    found = event_accumulator.EventAccumulator(
        str(run / "tensorboard" / part), size_guidance={"scalars": 0, "tensors": 0}
    )
    found.Reload()
    from tensorboard.util.tensor_util import make_ndarray

    return {
        tag: [(event.step, float(make_ndarray(event.tensor_proto))) for event in found.Tensors(tag)]
        for tag in found.Tags()["tensors"]
        if not tag.endswith("/histogram")
    }


def column(run: Path, name: str) -> list[tuple[int, float]]:
    with (run / "history.csv").open() as file:
        return [(int(row["epoch"]), float(row[name])) for row in csv.DictReader(file)]


@pytest.mark.parametrize("name", ["unbroken", "killed"])
def test_every_epoch_is_there_once_with_the_values_of_the_history(folder: Path, name: str) -> None:
    run = folder / name
    train, validation = scalars(run, "train"), scalars(run, "validation")
    assert {tag for tag in train if tag.startswith("epoch_")} == {
        "epoch_loss", "epoch_accuracy", "epoch_learning_rate"
    }  # fmt: skip
    assert set(validation) == {"epoch_loss", "epoch_accuracy"}
    for found, tag, wanted in (
        (train, "loss", "loss"),
        (train, "accuracy", "accuracy"),
        (train, "learning_rate", "learning_rate"),
        (validation, "loss", "val_loss"),
        (validation, "accuracy", "val_accuracy"),
    ):
        expected = column(run, wanted)
        assert len(expected) == EPOCHS
        assert [step for step, _ in found[f"epoch_{tag}"]] == [step for step, _ in expected]
        for (_, value), (_, right) in zip(found[f"epoch_{tag}"], expected, strict=True):
            assert value == pytest.approx(right, rel=1e-6)
    rates = [value for _, value in column(run, "learning_rate")]
    assert len(set(rates)) > 2  # the rate was changed before TensorBoard was told


@pytest.mark.parametrize("name", ["unbroken", "killed"])
def test_every_batch_is_there_once(folder: Path, name: str) -> None:
    found = scalars(folder / name, "train")
    assert [step for step, _ in found["batch_loss"]] == list(range(1, EPOCHS * STEPS + 1))
    assert found["batch_loss"] == scalars(folder / "unbroken", "train")["batch_loss"]


def test_histograms_are_written_as_often_as_was_asked(folder: Path) -> None:
    found = event_accumulator.EventAccumulator(str(folder / "killed" / "tensorboard" / "train"))
    found.Reload()
    tags = [tag for tag in found.Tags()["tensors"] if tag.endswith("/histogram")]
    assert any("conv2d_1/kernel" in tag for tag in tags)
    for tag in tags:
        assert [event.step for event in found.Tensors(tag)] == [2, 4]


def test_the_real_server_shows_the_run(folder: Path) -> None:
    words = ["--logdir", str(folder / "killed"), "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", *words, "--load_fast", "false"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            shown = scalars_of_server(server, "tensorboard/validation", "epoch_accuracy")
        finally:
            server.terminate()
    expected = column(folder / "killed", "val_accuracy")
    assert [step for step, _ in shown] == [step for step, _ in expected]
    values = [value for _, value in shown]
    assert values == pytest.approx([value for _, value in expected], rel=1e-6)


def scalars_of_server(
    server: "subprocess.Popen[str]", run: str, tag: str
) -> list[tuple[int, float]]:
    """What a TensorBoard answers that writes its address to its standard error."""
    assert server.stderr
    lines: list[str] = []
    while not (place := re.search(r"http://\S+:\d+/", lines[-1] if lines else "")):
        line = server.stderr.readline()
        assert line, lines
        lines.append(line)

    def ask(path: str, **query: str) -> Any:
        address = f"{place[0]}data/plugin/scalars/{path}?{urlencode(query)}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            return json.load(answer)

    for _ in range(100):  # it reads the logs while it answers
        if len(ask("tags")) == 2:
            break
        time.sleep(0.1)
    return [(step, value) for _, step, value in ask("scalars", run=run, tag=tag)]


IN_THE_WAY = """
from cifarcnn.plugins import CALLBACKS, Callback

@CALLBACKS.register("in_the_way")
class InTheWay(Callback):
    def build_for(self, context):
        import keras
        (context.run_dir / "tensorboard").touch()
        return keras.callbacks.Callback()
"""


def test_logs_that_cannot_be_written_cost_a_warning(folder: Path) -> None:
    """A file lies where the logs should go."""
    code = folder / "in_the_way.py"
    code.write_text(IN_THE_WAY)
    text = TINY.replace("epochs: 3", "epochs: 2") + "  callbacks: [in_the_way, tensorboard]\n"
    (folder / "in_the_way.yaml").write_text(text)
    done = run_cifarcnn(folder, "train", "in_the_way.yaml", "--code", code, "--output", "way")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("warning: tensorboard after epoch") == 2
    assert (folder / "way" / "summary.json").exists()


def test_the_graph_of_the_network_is_written(folder: Path) -> None:
    text = (
        TINY.replace("epochs: 3", "epochs: 1") + "  callbacks: [tensorboard: {write_graph: true}]\n"
    )
    (folder / "graph.yaml").write_text(text)
    done = run_cifarcnn(folder, "train", "graph.yaml", "--output", "graph", "--quiet")
    assert done.returncode == 0, done.stderr
    found = event_accumulator.EventAccumulator(str(folder / "graph" / "tensorboard" / "train"))
    found.Reload()
    (event,) = found.Tensors("keras")
    network = json.loads(event.tensor_proto.string_val[0])
    assert network["class_name"] == "Functional"
    names = [layer["config"]["name"] for layer in network["config"]["layers"]]
    assert {"images", "pixels"} < set(names) and len(names) > 3


def test_only_the_logs_of_batches_look_at_every_step(folder: Path) -> None:
    for frequency, at_once in (("epoch", "32"), ("batch", "1")):
        name = f"of_{frequency}"
        text = TINY.replace("epochs: 3", "epochs: 1")
        text += f"  callbacks: [tensorboard: {{update_freq: {frequency}}}]\n"
        (folder / f"{name}.yaml").write_text(text)
        done = run_cifarcnn(folder, "train", f"{name}.yaml", "--output", name, "--quiet")
        assert done.returncode == 0, done.stderr
        record = json.loads((folder / name / "record.json").read_text())
        assert record["switches"]["steps_per_execution"] == at_once
