"""What error messages advise works: each hint is taken from its message and followed."""

import ast
import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from cifarcnn.cli import COMMANDS, command_line
from cifarcnn.data import demo
from cifarcnn.errors import UserError
from cifarcnn.language.checking.validate import inspect
from cifarcnn.language.load import parse_spec
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.runtime.backends import BACKENDS
from cifarcnn.runtime.devices import DeviceChoice, Gpu
from cifarcnn.runtime.start import _without_gpu
from tests.support.command import invoke
from tests.support.paths import ROOT
from tests.support.specs import problems_of


def run(*args: str) -> Result:
    return invoke(args)


def spec_of(layers: str, more: str = "") -> str:
    return f"name: a\nmodel: {{layers: [{layers}]}}\n{more}"


def messages_of(text: str) -> str:
    return "\n".join(p.in_one_line() for p in problems_of(text))


def with_rate(value: str, *callbacks: str) -> str:
    optimizer = f"optimizer: {{adam: {{learning_rate: {value}}}}}"
    return spec_of(HEAD, f"training: {{{optimizer}, callbacks: [{', '.join(callbacks)}]}}")


HEAD = "flatten, dense: {units: 10}"
SOFTMAX = "flatten, dense: {units: 10, activation: softmax}"
SMALL = "average_pooling2d: {pool_size: 8}"  # leaves a map of 4x4
PLATEAU = "reduce_lr_on_plateau: {patience: 2}"

ADVICE = [
    # a wrong spec, what its message advises, and the specs that follow the advice
    (
        spec_of("conv2d: {filters: 4, kernel_size: 3}"),
        "end with flatten (or a global pooling) and dense: {units: 10, activation: softmax}",
        [
            spec_of(f"conv2d: {{filters: 4, kernel_size: 3}}, {SOFTMAX}"),
            spec_of("global_max_pooling2d, dense: {units: 10, activation: softmax}"),
        ],
    ),
    (
        spec_of(f"{SMALL}, conv2d: {{filters: 4, kernel_size: 5}}, {HEAD}"),
        "use a smaller window, less pooling before it, or padding: same",
        [
            spec_of(f"{SMALL}, conv2d: {{filters: 4, kernel_size: 4}}, {HEAD}"),
            spec_of(f"conv2d: {{filters: 4, kernel_size: 5}}, {HEAD}"),
            spec_of(f"{SMALL}, conv2d: {{filters: 4, kernel_size: 5, padding: same}}, {HEAD}"),
        ],
    ),
    (
        spec_of(f"flatten, max_pooling2d, {HEAD}"),
        "spatial layers stand before flatten or a global pooling",
        [spec_of(f"max_pooling2d, {HEAD}")],
    ),
    (
        spec_of(f"{SOFTMAX}, dropout: {{rate: 0.1}}"),
        "a softmax at the end of the network must be in its last layer",
        [spec_of(f"flatten, dropout: {{rate: 0.1}}, {SOFTMAX}")],
    ),
    (
        spec_of("flatten, dense: {units: 10, activation: sigmoid}"),
        "use softmax, or no activation",
        [spec_of(HEAD), spec_of(SOFTMAX)],
    ),
    (
        spec_of(f"{HEAD}, dropout: {{rate: 0.1}}"),
        "put it before the last dense layer",
        [spec_of(f"dropout: {{rate: 0.1}}, {HEAD}")],
    ),
    (
        spec_of(f"dropout: 0.1, {HEAD}"),
        "the arguments of dropout by name, such as {rate: 0.1}",
        [spec_of(f"dropout: {{rate: 0.1}}, {HEAD}")],
    ),
    (
        with_rate("fast"),
        "a number > 0, or a schedule such as {cosine_decay: {...}}",
        [with_rate("0.1"), with_rate("{cosine_decay: {initial_learning_rate: 0.1}}")],
    ),
    (
        with_rate("{cosine_decay: {initial_learning_rate: 0}}"),
        "a number > 0, or a warmup_target with warmup_steps",
        [
            with_rate("{cosine_decay: {initial_learning_rate: 0.1}}"),
            with_rate(
                "{cosine_decay: {initial_learning_rate: 0, warmup_target: 1, warmup_steps: 9}}"
            ),
        ],
    ),
    (
        with_rate("{cosine_decay: {initial_learning_rate: 0.1}}", PLATEAU),
        "choose one of the two",
        [with_rate("{cosine_decay: {initial_learning_rate: 0.1}}"), with_rate("0.1", PLATEAU)],
    ),
    (
        with_rate("0.1", "model_checkpoint: {monitor: loss, mode: max}"),
        "expected min, or auto",
        [
            with_rate("0.1", f"model_checkpoint: {{monitor: loss, mode: {m}}}")
            for m in ("min", "auto")
        ],
    ),
    (
        with_rate("0.1", "csv_logger", "csv_logger"),
        "a file of its own",
        [with_rate("0.1", "csv_logger", "csv_logger: {filename: mine.csv}")],
    ),
    (
        with_rate("0.1", "model_checkpoint: {filepath: '{epoch:x}.h5'}"),
        "short formats in braces, such as {epoch:02d} and {val_loss:.3f}",
        [with_rate("0.1", "model_checkpoint: {filepath: '{epoch:02d}-{val_loss:.3f}.h5'}")],
    ),
    (
        spec_of(HEAD, "data: {validation: 2}"),
        "test, or a fraction of the training set between 0 and 1, such as 0.1",
        [spec_of(HEAD, f"data: {{validation: {value}}}") for value in ("test", "0.1")],
    ),
    (
        spec_of(HEAD, "runtime: {device: tpu}"),
        "auto, cpu, gpu, gpu:1 or gpu:0,1",
        [
            spec_of(HEAD, f"runtime: {{device: '{word}'}}")
            for word in ("auto", "cpu", "gpu", "gpu:1", "gpu:0,1")
        ],
    ),
    (
        spec_of(HEAD, "training: {loss: {}}"),
        "a loss: a name, or one name with its arguments",
        [
            spec_of(HEAD, "training: {loss: categorical_crossentropy}"),
            spec_of(HEAD, "training: {loss: {categorical_crossentropy: {label_smoothing: 0.1}}}"),
        ],
    ),
]


@pytest.mark.parametrize(("wrong", "advice", "followed"), ADVICE)
def test_a_spec_that_follows_the_advice_is_good(
    wrong: str, advice: str, followed: list[str]
) -> None:
    assert advice in messages_of(wrong)
    for text in followed:
        assert messages_of(text) == ""


def test_the_head_that_a_message_gives_can_be_copied_from_it() -> None:
    match = re.search(r"dense: \{.*?\}", messages_of(spec_of("flatten")))
    assert match
    assert parse_spec(spec_of(f"flatten, {match[0]}"), "a.yaml")


def test_the_near_name_is_the_right_one() -> None:
    wrong = spec_of("flaten, dense: {unit: 10, activation: sofmax}", "trainin: {epoch: 3}")
    seen = []
    for _ in range(10):  # typing what each message says ends with a good spec
        problems = inspect(read_yaml_text(wrong, "a.yaml")).problems
        if not problems:
            break
        near = problems[0].near
        assert near, problems[0]
        seen.append(near)
        mark = problems[0].mark
        lines = wrong.splitlines()
        assert mark.line and mark.column
        line = lines[mark.line - 1]
        rest = re.sub(r"^\w+", near.strip("'"), line[mark.column - 1 :])
        lines[mark.line - 1] = line[: mark.column - 1] + rest
        wrong = "\n".join(lines) + "\n"
    else:
        pytest.fail("the advice leads nowhere")
    assert seen == ["'flatten'", "'units'", "'softmax'", "'training'", "'epochs'"]


def test_the_examples_of_set_can_be_set() -> None:
    message = run("describe", "basic", "--set", "seed").stderr
    examples = re.findall(r"[\w.\[\]]+=\d+", message)
    assert len(examples) == 2
    for example in examples:
        assert run("check", "basic", "--set", example).exit_code == 0


def test_the_shipped_names_that_a_message_lists_are_specs() -> None:
    listed = run("check", "nothing-like-it", "--json")
    assert listed.exit_code == 2
    hint = run("describe", "nothing-like-it").stderr.partition("shipped: ")[2]
    names = re.findall(r"\w+", hint.replace(" and ", ", "))
    assert len(names) > 5
    assert run("check", *names).exit_code == 0


def test_the_spec_of_a_run_is_where_the_message_says(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(spec_of(HEAD))
    message = run("describe", str(tmp_path)).stderr
    match = re.search(r"a run's spec is (\S+)", message)
    assert match and run("check", match[1]).exit_code == 0


def test_a_file_saved_as_utf_8_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    text = spec_of(HEAD, "description: café\n")
    path.write_text(text, encoding="latin-1")
    assert "save it as UTF-8" in run("check", str(path)).stdout
    path.write_text(text, encoding="utf-8")
    assert run("check", str(path)).exit_code == 0


def test_a_conflict_without_its_lines_and_one_side_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    lines = ["<<<<<<< ours", "seed: 1", "=======", "seed: 2", ">>>>>>> theirs"]
    path.write_text(spec_of(HEAD, "\n".join(lines) + "\n"))
    message = run("check", str(path)).stdout
    assert "choose one side and remove the <<<<<<<, ======= and >>>>>>> lines" in message
    path.write_text(spec_of(HEAD, lines[1] + "\n"))
    assert run("check", str(path)).exit_code == 0


def texts_of_the_package() -> Iterator[str]:
    """Every piece of text in the package's code, its docstrings among them."""
    for path in (ROOT / "cifarcnn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_the_extras_that_messages_tell_to_install_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        name for text in texts_of_the_package() for name in re.findall(r"cifarcnn\[(\w+)\]", text)
    }
    assert named and named <= set(project["optional-dependencies"])


OTHERS = {"--query-gpu", "--format", "--data", "--validation-images", "--strength"}
"""Options of nvidia-smi and of the scripts that benchmark runs, and a property of a style."""


def test_the_commands_and_options_that_messages_name_exist() -> None:
    options = {"--version", "--help"} | OTHERS
    for name in COMMANDS:
        command = command_line.get_command(click.Context(command_line), name)
        assert command
        options |= {opt for parameter in command.params for opt in parameter.opts}
    commands_named, options_named = set(), set()
    for text in texts_of_the_package():
        commands_named |= set(re.findall(r"`cifarcnn ([a-z][a-z-]*)", text))
        options_named |= set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", text))
    assert commands_named and commands_named <= set(COMMANDS)
    assert options_named and options_named <= options


class Reached(Exception):  # noqa: N818 - no error: the command got as far as training
    """What stopped the user before would no longer do so."""


DEMO = functools.cache(demo.generate)


@pytest.fixture
def to_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A folder with a spec, and commands that end where training would begin; the devices used."""
    chosen: list[Any] = []

    def start_on(device: Any, _: Any) -> Any:
        chosen.append(device)

    def session(*_: Any) -> None:
        raise Reached

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cifarcnn.data.demo.generate", DEMO)
    monkeypatch.setattr("cifarcnn.training.train.start_on", start_on)
    monkeypatch.setattr("cifarcnn.training.train.Session", session)
    data = "data: {dataset: demo, limit: 100}\n"
    (tmp_path / "a.yaml").write_text(spec_of(HEAD, data))
    return chosen


@pytest.mark.parametrize("asked", ["gpu:5", "gpu:0,7", "3"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_device_that_a_message_offers_can_be_asked_for(
    to_training: list[Any], monkeypatch: pytest.MonkeyPatch, asked: str, count: int
) -> None:
    gpus = [Gpu(index, f"NVIDIA {index}", f"GPU-{index}") for index in range(count)]
    monkeypatch.setattr("cifarcnn.runtime.devices.driver_gpus", lambda: gpus)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    message = run("train", "a.yaml", "--device", asked).stderr
    offered = re.findall(r"--device (\S+?)(?:;| or|$)", message.partition("\n")[2])
    assert len(offered) == count + 1
    for device in offered:
        assert isinstance(run("train", "a.yaml", "--device", device).exception, Reached)
    assert [choice.gpus for choice in to_training] == [*[(gpu,) for gpu in gpus], ()]


def test_gpus_that_a_variable_hides_are_there_without_it(
    to_training: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = Gpu(0, "NVIDIA", "GPU-0")
    monkeypatch.setattr("cifarcnn.runtime.devices.driver_gpus", lambda: [gpu])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    message = run("train", "a.yaml", "--device", "gpu").stderr
    hiding = re.search(r'(\w+)="-1" hides the others', message)
    assert hiding
    monkeypatch.delenv(hiding[1])
    assert isinstance(run("train", "a.yaml", "--device", "gpu").exception, Reached)


def test_a_driver_without_its_libraries_leaves_the_cpu(
    to_training: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = Gpu(0, "NVIDIA", "GPU-0")
    with pytest.raises(UserError) as raised:
        _without_gpu(DeviceChoice((gpu,), "asked for"), BACKENDS["tensorflow"])
    option = re.search(r"--device \w+", raised.value.hint or "")
    assert option
    assert isinstance(run("train", "a.yaml", *option[0].split()).exception, Reached)


def test_a_run_goes_to_the_folder_that_a_message_asks_for(to_training: list[Any]) -> None:
    Path("full").mkdir()
    Path("full/file").touch()
    message = run("train", "a.yaml", "--output", "full").stderr
    assert "name a folder that does not exist yet, or no --output at all" in message
    for output in (["--output", "new"], []):
        assert isinstance(run("train", "a.yaml", *output).exception, Reached)
    message = run("train", "a.yaml", "--output", "full/file/below").stderr
    assert "name a folder that you can write to with --output" in message
    assert isinstance(run("train", "a.yaml", "--output", "full/below").exception, Reached)
    assert sorted(path.name for path in Path().rglob("*")) == ["a.yaml", "file", "full", "runs"]


def test_what_works_without_the_data_does(
    to_training: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CIFARCNN_DATA_DIR", raising=False)
    monkeypatch.setenv("CIFARCNN_DATA_URL", "http://localhost:1/nothing")
    (tmp_path / "a.yaml").write_text(spec_of(HEAD))
    message = run("train", "a.yaml").stderr
    option = re.search(r"(--set \S+) works without it", message)
    assert option, message
    assert isinstance(run("train", "a.yaml", *option[1].split()).exception, Reached)
    monkeypatch.setenv("CIFARCNN_DATA_DIR", str(tmp_path / "nowhere"))
    message = run("train", "a.yaml").stderr
    variable = re.search(r"intact copy with (\w+), or leave it out", message)
    assert variable, message
    monkeypatch.delenv(variable[1])
    assert "could not be fetched" in run("train", "a.yaml").stderr  # now the cache is looked at
