"""The estimate of a training's memory, against what the program and Keras really hold."""

from pathlib import Path

import pytest

from cifarcnn.language.constants import EVALUATION_BATCH
from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.plan.memory_estimate import TrainingMemory, activation_bytes, training_memory
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec


def memory_of(spec: Spec) -> TrainingMemory:
    return training_memory(spec, plan_network(spec.model.layers))


def spec_of(layers: str, more: str = "") -> Spec:
    return parse_spec(f"name: a\nmodel: {{layers: {layers}}}\n{more}", "a.yaml")


def test_a_layers_activation_is_its_output_for_the_whole_batch() -> None:
    first = plan_network(load_spec("basic").model.layers).layers[0]
    assert activation_bytes(first, 32) == 32 * 28 * 28 * 32 * 4


def test_only_what_the_backward_pass_reads_is_kept() -> None:
    """Batch norm reads its input, relu its output, dense its input; the others' may be freed."""
    layers = (
        "[{conv2d: {filters: 2, kernel_size: 1}}, batch_normalization, "
        "{activation: {activation: relu}}, max_pooling2d, {dropout: {rate: 0.1}}, flatten, "
        "{dense: {units: 10}}]"
    )
    map_, pooled = 32 * 32 * 2, 16 * 16 * 2
    kept = map_ + map_ + pooled  # of conv2d, activation, flatten
    spec = spec_of(layers, "training: {batch_size: 10000}")
    assert memory_of(spec).activations == 10_000 * (kept + 2 * map_) * 4
    spec = spec_of(layers, "training: {batch_size: 1}")
    assert memory_of(spec).activations == EVALUATION_BATCH * 3 * map_ * 4


@pytest.mark.parametrize(
    ("data", "images"),
    [
        ("validation: test", 60_000),
        ("validation: test, augment: [flip]", 60_000 + 50_000),
        ("validation: 0.2", 60_000),
        ("validation: 0.2, augment: [flip]", 60_000 + 40_000),
        ("limit: 1000, validation: 0.2", 10_000 + 1000),
        ("limit: 1000, validation: test, augment: [flip]", 10_000 + 1000 + 1000),
        ("limit: 50000, validation: test", 60_000),
        ("dataset: demo, validation: 0.5", 12_000),
    ],
)
def test_images_are_held_as_bytes(data: str, images: int) -> None:
    spec = spec_of("[flatten, {dense: {units: 10}}]", f"data: {{{data}}}")
    assert memory_of(spec).data == images * 3072


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [("adam", 2), ("sgd", 0), ("{sgd: {momentum: 0.9}}", 1), ("{adam: {amsgrad: true}}", 3)],
)
def test_the_optimizer_holds_its_slots_for_every_trained_weight(optimizer: str, slots: int) -> None:
    spec = spec_of(
        "[batch_normalization, flatten, {dense: {units: 10}}]",
        f"training: {{optimizer: {optimizer}}}",
    )
    trained = 6 + 30_730
    memory = memory_of(spec)
    assert memory.weights == 4 * (trained + 6)
    assert memory.gradients == 4 * trained
    assert memory.optimizer == 4 * slots * trained
    assert memory.state == 2 * memory.weights + memory.optimizer
    assert memory.total == sum(vars(memory).values())


MEASURED = [
    ("quickstart", ["training.epochs=1"]),
    ("deeper_3x3", ["training.epochs=1", "data.dataset=demo", "training.batch_size=1024"]),
    ("resnet20", ["training.epochs=1", "data.dataset=demo", "data.limit=1500"]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "settings"), MEASURED)
def test_a_real_training_takes_about_as_much(
    name: str, settings: list[str], tmp_path: Path
) -> None:
    """Peak resident memory; measured ratios on Linux were 0.95 to 1.13."""
    import os
    import subprocess

    from cifarcnn.language.reading.overrides import parse_override
    from tests.support.run import CIFARCNN

    estimate = memory_of(load_spec(name, [parse_override(text) for text in settings]))
    options = [word for text in settings for word in ("--set", text)]
    command = [*CIFARCNN, "train", name, *options, "--output", str(tmp_path / "run")]
    command += ["--device", "cpu"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    assert usage.ru_maxrss * 1024 == pytest.approx(estimate.total, rel=0.25)
