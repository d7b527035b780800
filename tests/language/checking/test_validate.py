"""What a user reads when a spec is wrong."""

import itertools
import textwrap
from typing import Any

import pytest

from cifarcnn.language.entry_types import CALLBACKS, LAYERS
from cifarcnn.language.load import parse_spec
from cifarcnn.language.problems import Problem, SpecError, received
from cifarcnn.language.schema import Spec

HEAD = "    - flatten\n    - dense: {units: 10, activation: softmax}\n"
MODEL = f"model:\n  layers:\n{HEAD}"
BASE = f"name: a\n{MODEL}"


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "a.yaml")
    assert raised.value.exit_code == 2
    return raised.value.problems


def problem_of(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


def with_layer(item: str) -> str:
    """A spec whose first layer, on line 4, is `item`."""
    return f"name: a\nmodel:\n  layers:\n    - {item}\n{HEAD}"


def test_the_smallest_spec_has_the_defaults_of_the_language() -> None:
    spec = parse_spec(BASE, "a.yaml")
    assert spec.seed == 7
    assert (spec.data.dataset, spec.data.validation, spec.data.pixels) == ("cifar10", 0.1, "unit")
    assert spec.data.limit is None
    assert (spec.training.epochs, spec.training.batch_size) == (10, 32)
    assert spec.training.optimizer.entry_name == "adam"
    assert spec.training.loss.entry_name == "categorical_crossentropy"
    assert spec.training.callbacks == []
    assert (spec.runtime.device, spec.runtime.backend) == ("auto", "tensorflow")


def test_a_problem_is_shown_with_its_place_path_and_a_caret() -> None:
    text = "name: a\nmodel:\n  layers:\n    - conv2d: {filters: '32', kernel_size: 3}\n" + HEAD
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "configs/a.yaml")
    assert str(raised.value) == textwrap.dedent("""\
        configs/a.yaml:4:25: model.layers[0].conv2d.filters: expected an integer, received '32' (a string, by its quotes); did you mean 32?
          4 |     - conv2d: {filters: '32', kernel_size: 3}
            |                         ^""")  # noqa: E501


def test_a_caret_stands_under_the_right_column_after_tabs_and_in_long_lines() -> None:
    long = with_layer(f"dropout: {{rate: {'0' * 200}.1, rte: 1}}")
    text = long + f"training:\n  epochs:\t'é'\ndescription: {'x' * 1001}\n"
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "a.yaml")
    marked = {}
    lines = str(raised.value).splitlines()
    for shown, caret in itertools.pairwise(lines):
        if caret.lstrip().startswith("|"):
            assert len(shown) <= 110
            marked[shown[caret.index("^") :][:3]] = shown
    assert set(marked) == {"rte", "'é'", "xxx"}


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = textwrap.dedent("""\
        name: -a
        seed: -1
        data: {dataset: mnist, pixel: unit}
        model:
          layers:
            - conv2d: {filters: 0, kernel_size: 3, activation: rleu}
            - flaten
            - dense: {unit: 10}
        training:
          epochs: 1.5
          optimizer: {adam: {learning_rate: -1}}
        extra: 1
        """)
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "a.yaml")
    assert str(raised.value).startswith("11 problems\n")
    found = [(p.mark.line, p.path, p.message, p.near) for p in raised.value.problems]
    assert found == [
        (
            1,
            "name",
            "expected letters, digits, '.', '_' and '-', a letter or digit first, "
            "received '-a' (a string)",
            None,
        ),
        (2, "seed", "expected a value >= 0, received -1 (an integer)", None),
        (3, "data.dataset", "expected 'cifar10' or 'demo', received 'mnist' (a string)", None),
        (3, "data.pixel", "unknown key", "'pixels'"),
        (
            6,
            "model.layers[0].conv2d.filters",
            "expected a value > 0, received 0 (an integer)",
            None,
        ),
        (6, "model.layers[0].conv2d.activation", "unknown activation 'rleu'", "'relu'"),
        (7, "model.layers[1]", "unknown layer 'flaten'", "'flatten'"),
        (8, "model.layers[2].dense.unit", "unknown key", "'units'"),
        (10, "training.epochs", "expected an integer, received 1.5 (a number)", None),
        (
            11,
            "training.optimizer.adam.learning_rate",
            "expected a number > 0, or a schedule such as {cosine_decay: {...}}, "
            "received -1 (an integer)",
            None,
        ),
        (
            12,
            "extra",
            "unknown key, expected name, description, extends, seed, data, model, training or "
            "runtime",
            None,
        ),
    ]


@pytest.mark.parametrize(
    ("text", "path", "key", "line", "column"),
    [
        (MODEL, "spec", "name", 1, 1),
        ("name: a\n", "spec", "model", 1, 1),
        ("name: a\nmodel: {}\n", "model", "layers", 2, 1),
        (with_layer("dropout: {}"), "model.layers[0].dropout", "rate", 4, 7),
        (with_layer("dropout:"), "model.layers[0].dropout", "rate", 4, 7),
        (with_layer("conv2d: {filters: 3}"), "model.layers[0].conv2d", "kernel_size", 4, 7),
    ],
)
def test_a_missing_key_is_named_at_the_section_that_lacks_it(
    text: str, path: str, key: str, line: int, column: int
) -> None:
    found = [p for p in problems_of(text) if p.message == f"the key {key!r} is missing"]
    assert [(p.path, p.mark.line, p.mark.column) for p in found] == [(path, line, column)]


@pytest.mark.parametrize(
    ("text", "path", "near"),
    [
        (BASE.replace("name:", "nmae:"), "nmae", "'name'"),
        (BASE.replace("model:", "modle:"), "modle", "'model'"),
        (BASE.replace("units:", "unist:"), "model.layers[1].dense.unist", "'units'"),
        (with_layer("dropout: {Rate: 0.1}"), "model.layers[0].dropout.Rate", "'rate'"),
    ],
)
def test_a_misspelt_required_key_is_reported_once(text: str, path: str, near: str) -> None:
    problem = problem_of(text)
    assert (problem.path, problem.message, problem.near) == (path, "unknown key", near)


def test_a_missing_key_is_still_reported_beside_another_misspelt_one() -> None:
    problems = problems_of(with_layer("conv2d: {filtres: 3}"))
    assert sorted(p.message for p in problems) == [
        "the key 'kernel_size' is missing",
        "unknown key",
    ]


@pytest.mark.parametrize(
    "item", ["flatten", "flatten:", "flatten: null", "flatten: {}", "'flatten'"]
)
def test_an_item_without_arguments_may_be_written_in_each_form(item: str) -> None:
    spec = parse_spec(with_layer(item), "a.yaml")
    assert spec == parse_spec(with_layer("flatten"), "a.yaml")


@pytest.mark.parametrize(
    ("item", "path", "message"),
    [
        (
            "{dropout: {rate: 0.1}, flatten: null}",
            "",
            "expected one layer, not dropout and flatten together, received "
            "{'dropout': {'rate': 0.1}, 'flatten': None} (a mapping)",
        ),
        (
            "[flatten]",
            "",
            "expected a layer: a name, or one name with its arguments, received ['flatten'] "
            "(a list)",
        ),
        (
            "{}",
            "",
            "expected a layer: a name, or one name with its arguments, received {} (a mapping)",
        ),
        (
            "",
            "",
            "expected a layer: a name, or one name with its arguments, received nothing (null)",
        ),
        (
            "3",
            "",
            "expected a layer: a name, or one name with its arguments, received 3 (an integer)",
        ),
        (
            "dropout: 0.1",
            ".dropout",
            "expected the arguments of dropout by name, such as {rate: 0.1}, received 0.1 (a num",
        ),
        (
            "dropout: [0.1]",
            ".dropout",
            "expected the arguments of dropout by name, such as {rate: ...}, received [0.1] (a",
        ),
        ("'': {}", "", f"unknown layer '', expected {', '.join([*LAYERS.entries()][:-1])} or "),
    ],
)
def test_an_item_of_another_form_is_refused(item: str, path: str, message: str) -> None:
    problem = problem_of(with_layer(item))
    assert problem.path == f"model.layers[0]{path}"
    assert problem.message.startswith(message)
    assert problem.mark.line == 4


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("an optimizer", "optimizer: [adam]"),
        ("a loss", "loss: 3"),
        ("a callback", "callbacks: [3]"),
    ],
)
def test_the_kind_of_the_expected_item_is_named(kind: str, text: str) -> None:
    problem = problem_of(f"{BASE}training:\n  {text}\n")
    assert problem.message.startswith(f"expected {kind}: a name, or one name with its arguments (")


NEAR = [
    # what stands in the spec, its path, what it should have been
    ("data: {datset: demo}", "data.datset", "'dataset'"),
    ("data: {Pixels: raw}", "data.Pixels", "'pixels'"),
    ("runtime: {devcie: cpu}", "runtime.devcie", "'device'"),
    ("training: {batchsize: 3}", "training.batchsize", "'batch_size'"),
    ("training: {loss: crossentropy}", "training.loss", "'categorical_crossentropy'"),
    ("training: {optimizer: Adma}", "training.optimizer", "'adam'"),
    ("training: {optimizer: {SGD: {lr: 1}}}", "training.optimizer", "'sgd'"),
    ("training: {optimizer: {adam: {beta1: 0.1}}}", "training.optimizer.adam.beta1", "'beta_1'"),
    (
        "training: {optimizer: {adam: {learning_rate: {cosine_decy: {}}}}}",
        "training.optimizer.adam.learning_rate",
        "'cosine_decay'",
    ),
    (
        "training: {optimizer: {sgd: {learning_rate: {cosine_decay: "
        "{initial_learning_rate: 1, decay_steps: 3, alhpa: 1}}}}}",
        "training.optimizer.sgd.learning_rate.cosine_decay.alhpa",
        "'alpha'",
    ),
    ("training: {callbacks: [EarlyStopping]}", "training.callbacks[0]", "'early_stopping'"),
    (
        "training: {callbacks: [terminate_on_nan, {early_stopping: {patiance: 1}}]}",
        "training.callbacks[1].early_stopping.patiance",
        "'patience'",
    ),
]


@pytest.mark.parametrize(("text", "path", "near"), NEAR)
def test_a_near_name_is_suggested(text: str, path: str, near: str) -> None:
    problem = problem_of(f"{BASE}{text}\n")
    assert (problem.path, problem.near) == (path, near)
    assert str(problem).splitlines()[0].endswith(f"; did you mean {near}?")


def test_names_that_nothing_resembles_are_answered_with_all_names() -> None:
    problem = problem_of(BASE + "training: {callbacks: [xyz]}\n")
    *most, last = CALLBACKS.entries()
    assert problem.message == (
        f"unknown callback 'xyz', expected {', '.join(most)} or {last}; "
        "if it is your own, give its file with --code"
    )


VALUES = [
    # line of the spec, path, message
    ("name: 7", "name", "expected a string, received 7 (an integer)"),
    ("name: ../a", "name", "expected letters, digits, '.', '_' and '-', a letter or digit first"),
    (f"name: {'a' * 65}", "name", "expected at most 64 characters"),
    ("seed: true", "seed", "expected an integer, received true (a boolean)"),
    ("seed: 4294967296", "seed", "expected a value <= 4294967295, received 4294967296"),
    ("seed: .inf", "seed", "expected an integer, received inf (a number)"),
    ("seed:", "seed", "expected an integer, received nothing (null)"),
    (
        "data: 3",
        "data",
        "expected a mapping with keys among dataset, validation, ",
    ),
    (
        "data:",
        "data",
        "expected a mapping with keys among dataset, validation, ",
    ),
    ("data: {validation: 0.0}", "data.validation", "expected test, or a fraction"),
    ("data: {validation: 1}", "data.validation", "expected test, or a fraction"),
    ("data: {validation: .nan}", "data.validation", "expected test, or a fraction"),
    ("data: {validation: train}", "data.validation", "expected test, or a fraction"),
    ("data: {limit: 9}", "data.limit", "expected a value >= 10, received 9 (an integer)"),
    ("model: []", "model", "expected a mapping such as {layers: ...}, received [] (a list)"),
    (
        "model: {layers: {}}",
        "model.layers",
        "expected a list: each item after a dash, or all in",
    ),
    ("model: {layers: []}", "model.layers", "expected at least 1 item, received [] (a list)"),
    ("runtime: {device: 'gpu:0,0'}", "runtime.device", "expected auto, cpu, gpu, gpu:1 or gpu:0,1"),
    ("runtime: {device: -1}", "runtime.device", "expected auto, cpu, gpu, gpu:1 or gpu:0,1"),
    ("runtime: {device: true}", "runtime.device", "expected auto, cpu, gpu, gpu:1 or gpu:0,1"),
    (
        "runtime: {backend: torch}",
        "runtime.backend",
        "expected 'tensorflow' or 'jax'",
    ),
    ("training: {epochs: 0}", "training.epochs", "expected a value >= 1, received 0 (an integer)"),
    ("training: {batch_size: 1e2}", "training.batch_size", "expected an integer, received 100.0"),
    (
        "training: {callbacks: null}",
        "training.callbacks",
        "expected a list: each item after a dash, or all",
    ),
    (
        "training: {loss: {categorical_crossentropy: {label_smoothing: 1}}}",
        "training.loss.categorical_crossentropy.label_smoothing",
        "expected a value < 1.0, received 1 (an integer)",
    ),
    (
        "training: {optimizer: {adam: {learning_rate: .inf}}}",
        "training.optimizer.adam.learning_rate",
        "expected a number > 0, or a schedule",
    ),
    (
        "training: {optimizer: {adam: {learning_rate: true}}}",
        "training.optimizer.adam.learning_rate",
        "expected a number > 0, or a schedule",
    ),
    (
        "training: {optimizer: {adamw: {weight_decay: null}}}",
        "training.optimizer.adamw.weight_decay",
        "expected a number, received nothing (null)",
    ),
    (
        "training: {optimizer: {adam: {epsilon: .nan}}}",
        "training.optimizer.adam.epsilon",
        "expected a finite number, received nan (a number)",
    ),
    (
        "training: {optimizer: {sgd: {nesterov: yes}}}",
        "training.optimizer.sgd.nesterov",
        "expected true or false, received 'yes' (a string)",
    ),
    (
        "training: {optimizer: {sgd: {clipnorm: 1, clipvalue: 1}}}",
        "training.optimizer.sgd.clipvalue",
        "expected one way of clipping, not clipnorm and clipvalue, received 1 (an integer)",
    ),
    (
        "training: {optimizer: {sgd: {learning_rate: {piecewise_constant_decay: "
        "{boundaries: [1, 2], values: [1, 2]}}}}}",
        "training.optimizer.sgd.learning_rate.piecewise_constant_decay.values",
        "expected 3 values, one more than boundaries, received [1, 2] (a list)",
    ),
    (
        "training: {optimizer: {sgd: {learning_rate: {piecewise_constant_decay: "
        "{boundaries: [2, 2], values: [1, 2, 3]}}}}}",
        "training.optimizer.sgd.learning_rate.piecewise_constant_decay.boundaries",
        "expected boundaries that increase, received [2, 2] (a list)",
    ),
    (
        "training: {optimizer: {sgd: {learning_rate: {cosine_decay_restarts: "
        "{initial_learning_rate: 1, first_decay_steps: 9, t_mul: 0.5}}}}}",
        "training.optimizer.sgd.learning_rate.cosine_decay_restarts.t_mul",
        "expected a value >= 1.0, received 0.5 (a number)",
    ),
    (
        "training: {callbacks: [{early_stopping: {monitor: acc}}]}",
        "training.callbacks[0].early_stopping.monitor",
        "expected 'loss', 'accuracy', 'val_loss' or 'val_accuracy', received 'acc' (a string)",
    ),
    (
        "training: {callbacks: [{csv_logger: {separator: ''}}]}",
        "training.callbacks[0].csv_logger.separator",
        "expected at least 1 character, received '' (a string)",
    ),
]


@pytest.mark.parametrize(("line", "path", "message"), VALUES)
def test_a_value_out_of_place_is_refused_with_what_was_expected(
    line: str, path: str, message: str
) -> None:
    section = line.partition(":")[0]
    others = {"name": "name: a\n", "model": MODEL}
    text = f"{line}\n" + "".join(other for key, other in others.items() if key != section)
    problem = problem_of(text)
    assert problem.path == path
    assert problem.message.startswith(message)
    assert problem.mark.line == 1


def test_a_number_too_large_to_print_is_refused_all_the_same() -> None:
    problem = problem_of(f"{BASE}training: {{epochs: 0x{'f' * 5000}}}\n")
    assert problem.message == (
        "expected a value <= 1000000, received an enormous value (an integer)"
    )


ARGUMENTS = [
    ("conv2d: {filters: 3, kernel_size: 0}", "kernel_size", "expected an integer from 1 to 1024"),
    ("conv2d: {filters: 3, kernel_size: [3]}", "kernel_size", "expected an integer from 1 to 1024"),
    ("conv2d: {filters: 3, kernel_size: 3.0}", "kernel_size", "expected an integer from 1 to 1024"),
    ("conv2d: {filters: 3, kernel_size: true}", "kernel_size", "expected an integer from 1 to"),
    (
        "conv2d: {filters: 3, kernel_size: 3, padding: full}",
        "padding",
        "expected 'valid' or 'same'",
    ),
    (
        "conv2d: {filters: 3, kernel_size: 3, groups: 2}",
        "filters",
        "expected filters as a multiple of groups (2), received 3 (an integer)",
    ),
    (
        "conv2d: {filters: 3, kernel_size: 3, strides: [1, 2], dilation_rate: 2}",
        "strides",
        "expected strides of 1 when dilation_rate is above 1, received [1, 2] (a list)",
    ),
    ("dense: {units: 1000001}", "units", "expected a value <= 1000000"),
    ("dropout: {rate: 1}", "rate", "expected a value < 1.0, received 1 (an integer)"),
    ("dropout: {rate: -0.1}", "rate", "expected a value >= 0.0, received -0.1 (a number)"),
    (
        "dropout: {rate: '0.1'}",
        "rate",
        "expected a number, received '0.1' (a string, by its",
    ),
    ("activation: {activation: null}", "activation", "expected 'celu', 'elu', "),
    ("batch_normalization: {momentum: 2}", "momentum", "expected a value <= 1.0"),
    ("zero_padding2d: {padding: -1}", "padding", "expected an integer, [vertical, horizontal] or"),
    ("zero_padding2d: {padding: [1, 2, 3]}", "padding", "expected an integer, [vertical,"),
    ("zero_padding2d: {padding: [[1, 2], [3]]}", "padding", "expected an integer, [vertical,"),
    ("rescaling: {scale: .inf}", "scale", "expected a number, or a list of one number per channel"),
    ("rescaling: {scale: []}", "scale", "expected a number, or a list of one number per channel"),
    ("rescaling: {scale: [1, x]}", "scale", "expected a number, or a list of one number per"),
]


@pytest.mark.parametrize(("item", "argument", "message"), ARGUMENTS)
def test_an_argument_of_a_layer_out_of_place_is_refused(
    item: str, argument: str, message: str
) -> None:
    problem = problem_of(with_layer(item))
    name = item.partition(":")[0]
    assert problem.path == f"model.layers[0].{name}.{argument}"
    assert problem.message.startswith(message)
    assert problem.mark.line == 4
    assert problem.mark.text is not None
    assert problem.mark.column is not None
    value = problem.mark.text[problem.mark.column - 1 :]
    assert item.rpartition(f"{argument}: ")[2].startswith(value.rstrip())


PATHS = [
    ("csv_logger", "filename", "a/b.csv", None),
    ("csv_logger", "filename", "ä b,c.csv", None),
    ("csv_logger", "filename", "", "a relative path inside the run directory"),
    ("csv_logger", "filename", ".", "a relative path inside the run directory"),
    ("csv_logger", "filename", "/tmp/a.csv", "a relative path inside the run directory"),
    ("csv_logger", "filename", "~/a.csv", "a relative path inside the run directory"),
    ("csv_logger", "filename", "a/../../b", "a relative path inside the run directory"),
    ("csv_logger", "filename", "C:\\a.csv", "a relative path inside the run directory"),
    ("csv_logger", "filename", "C:a.csv", "a relative path inside the run directory"),
    ("csv_logger", "filename", "a\nb", "a relative path inside the run directory"),
    ("csv_logger", "filename", "history.csv", "a path that is not the run's own history.csv"),
    ("csv_logger", "filename", "./spec.yaml", "a path that is not the run's own spec.yaml"),
    ("tensorboard", "log_dir", "state/x", "a path that is not the run's own state"),
    ("model_checkpoint", "filepath", "best.h5", None),
    ("model_checkpoint", "filepath", "{epoch:02d}-{val_accuracy:.3f}-{loss:e}.h5", None),
    ("model_checkpoint", "filepath", "{{x}}.h5", None),
    ("model_checkpoint", "filepath", "checkpoint.h5", "a path that is not the run's own"),
    ("model_checkpoint", "filepath", "best.keras", "a path that ends in .h5"),
    ("model_checkpoint", "filepath", "{epoch}.h5.txt", "a path that ends in .h5"),
    ("model_checkpoint", "filepath", "{acc}.h5", "only epoch, loss, accuracy, val_loss and"),
    ("model_checkpoint", "filepath", "{}.h5", "only epoch, loss, accuracy, val_loss and"),
    ("model_checkpoint", "filepath", "{0}.h5", "only epoch, loss, accuracy, val_loss and"),
    ("model_checkpoint", "filepath", "{epoch.real}.h5", "only epoch, loss, accuracy, val_loss"),
    ("model_checkpoint", "filepath", "{epoch.h5", "only epoch, loss, accuracy, val_loss and"),
    ("model_checkpoint", "filepath", "{epoch:x}.h5", "short formats in braces"),
    ("model_checkpoint", "filepath", "{epoch:{epoch}}.h5", "short formats in braces"),
    ("model_checkpoint", "filepath", "{epoch:999d}.h5", "short formats in braces"),
    ("model_checkpoint", "filepath", "{val_loss:d}.h5", "only epoch, loss, accuracy, val_loss"),
]


@pytest.mark.parametrize(("name", "key", "value", "wanted"), PATHS)
def test_callbacks_write_inside_the_run_and_spare_its_own_files(
    name: str, key: str, value: str, wanted: str | None
) -> None:
    quoted = '"' + value.replace("\\", "\\\\").replace("\n", "\\n") + '"'
    text = f"{BASE}training: {{callbacks: [{{{name}: {{{key}: {quoted}}}}}]}}\n"
    if wanted is None:
        (callback,) = parse_spec(text, "a.yaml").training.callbacks
        assert callback.arguments()[key] == value
    else:
        problem = problem_of(text)
        assert problem.path == f"training.callbacks[0].{name}.{key}"
        assert problem.message.startswith(f"expected {wanted}")


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("", "an empty file"),
        ("# nothing\n", "an empty file"),
        ("- a\n", "['a'] (a list)"),
        ("name\n", "'name' (a string)"),
        ("12\n", "12 (an integer)"),
    ],
)
def test_what_is_not_a_mapping_is_no_spec(text: str, received: str) -> None:
    message = problem_of(text).message
    assert message == f"expected a spec (name, model, ...), received {received}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing (null)"),
        (True, "true (a boolean)"),
        (3, "3 (an integer)"),
        (0.5, "0.5 (a number)"),
        ("3", "'3' (a string)"),
        ([1], "[1] (a list)"),
        ({"a": 1}, "{'a': 1} (a mapping)"),
        ("x" * 100, "'" + "x" * 56 + "... (a string)"),
    ],
)
def test_what_was_received_is_shown_with_its_type(value: Any, shown: str) -> None:
    assert received(value) == shown


def sections(model: Any = Spec) -> list[tuple[str, str | None]]:
    """Every key of the schema with its description."""
    found = []
    for name, field in model.model_fields.items():
        found.append((f"{model.__name__}.{name}", field.description))
        if hasattr(field.annotation, "model_fields") and field.annotation.__module__.endswith(
            "schema"
        ):
            found += sections(field.annotation)
    return found


def test_every_key_of_the_language_is_described() -> None:
    assert "TrainingSpec.epochs" in dict(sections())
    assert [name for name, text in sections() if not text] == []


def test_an_argument_of_what_takes_none_is_refused() -> None:
    problem = problem_of(with_layer("flatten: {axis: 1}"))
    assert problem.path == "model.layers[0].flatten.axis"
    assert problem.message == "unknown key, flatten takes no arguments"
