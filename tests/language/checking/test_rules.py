"""What a spec says that cannot work, or that its author hardly meant."""

from pathlib import Path

import pytest

from cifarcnn.language.checking.validate import inspect
from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from tests.support.specs import problems_of

HEAD = "    - flatten\n    - dense: {units: 10}\n"


def spec_with(line: str) -> str:
    """A small spec with one more line; what is set there has no other place."""
    key = line.partition(":")[0]
    sections = {"name": "name: a\n", "model": f"model:\n  layers:\n{HEAD}"}
    return "".join(text for name, text in sections.items() if name != key) + line + "\n"


def network(*layers: str) -> str:
    return f"model: {{layers: [{', '.join(layers)}]}}"


def callbacks(*items: str, epochs: int = 10) -> str:
    return f"training: {{epochs: {epochs}, callbacks: [{', '.join(items)}]}}"


def rate(schedule: str, *callbacks: str, rest: str = "epochs: 10, batch_size: 100") -> str:
    return (
        f"training: {{{rest}, optimizer: {{adam: {{learning_rate: {schedule}}}}}, "
        f"callbacks: [{', '.join(callbacks)}]}}"
    )


PLATEAU = "reduce_lr_on_plateau: {patience: 2}"
COSINE = "training.optimizer.adam.learning_rate.cosine_decay"

FOUND = [
    # a line, where the problem is, its severity, words of its message
    (
        network("flatten", "dense: {units: 10, activation: softmax}", "dense: {units: 10}"),
        "model.layers[1].dense.activation",
        "warning",
        "dense_1 is a hidden layer, and its softmax leaves little",
    ),
    (
        network("flatten", "dense: {units: 10, activation: sigmoid}"),
        "model.layers[1].dense.activation",
        "warning",
        "taken as logits, which sigmoid distorts",
    ),
    (
        network("flatten", "dense: {units: 10}", "activation: {activation: relu}"),
        "model.layers[2].activation.activation",
        "warning",
        "taken as logits, which relu distorts",
    ),
    (
        network("flatten", "dense: {units: 10}", "dropout: {rate: 0.1}"),
        "model.layers[2].dropout",
        "warning",
        "drops classes",
    ),
    (
        rate("{cosine_decay: {initial_learning_rate: 0.1}}", PLATEAU),
        "training.callbacks[0].reduce_lr_on_plateau",
        "error",
        "cannot lower a learning rate that follows a schedule (cosine_decay)",
    ),
    (
        rate("{cosine_decay: {initial_learning_rate: 0}}"),
        f"{COSINE}.initial_learning_rate",
        "error",
        "would be 0 throughout",
    ),
    (
        rate("{cosine_decay: {initial_learning_rate: 0.1, warmup_steps: 9}}"),
        f"{COSINE}.warmup_steps",
        "warning",
        "without a warmup_target there is no warm-up",
    ),
    (
        rate("1e-3", "reduce_lr_on_plateau: {min_lr: 0.001, patience: 2}"),
        "training.callbacks[0].reduce_lr_on_plateau.min_lr",
        "warning",
        "the learning rate is 0.001 already",
    ),
    (
        rate("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 40}}"),
        f"{COSINE}.decay_steps",
        "warning",
        "the rate is 0 from step 40 (epoch 0.0889) on, but the training has 4,500 steps "
        "(10 epochs of 450)",
    ),
    (
        rate("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 40, alpha: 0.1}}"),
        f"{COSINE}.decay_steps",
        "warning",
        "no longer changes from step 40",
    ),
    (
        rate("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 9000}}"),
        f"{COSINE}.decay_steps",
        "warning",
        "changes until step 9,000 (epoch 20), but the training has 4,500 steps",
    ),
    (
        rate("{cosine_decay: {initial_learning_rate: 0, warmup_target: 1, warmup_steps: 5000}}"),
        COSINE,
        "warning",
        "changes until step 5,001",
    ),
    (
        rate("{polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 99999}}"),
        "training.optimizer.adam.learning_rate.polynomial_decay.decay_steps",
        "warning",
        "changes until step 99,999",
    ),
    (
        rate("{triangular: {peak_learning_rate: 0.1, total_steps: 2000, end: 0}}"),
        "training.optimizer.adam.learning_rate.triangular.total_steps",
        "warning",
        "the rate is 0 from step 2,000",
    ),
    (
        rate("{step_decay: {initial_learning_rate: 0.1, epochs: [5, 30]}}"),
        "training.optimizer.adam.learning_rate.step_decay.epochs",
        "warning",
        "changes until step 13,500 (epoch 30)",
    ),
    (
        rate("{piecewise_constant_decay: {boundaries: [5000], values: [1, 0.1]}}"),
        "training.optimizer.adam.learning_rate.piecewise_constant_decay.boundaries",
        "warning",
        "changes until step 5,001",
    ),
    (
        callbacks("csv_logger", "csv_logger: {filename: ./log.csv, separator: ';'}"),
        "training.callbacks[1].csv_logger.filename",
        "error",
        "'log.csv' is what training.callbacks[0].csv_logger writes too",
    ),
    (
        callbacks("model_checkpoint: {monitor: accuracy}", "model_checkpoint"),
        "training.callbacks[1].model_checkpoint.filepath",
        "error",
        "is what training.callbacks[0].model_checkpoint writes too",
    ),
    (
        callbacks("early_stopping: {patience: 9}"),
        "training.callbacks[0].early_stopping.patience",
        "warning",
        "the training has 10 epochs, so it ends before this can stop it",
    ),
    (
        callbacks("early_stopping: {patience: 5, start_from_epoch: 4}"),
        "training.callbacks[0].early_stopping.patience",
        "warning",
        "ends before this can stop it",
    ),
    (
        callbacks("early_stopping: {start_from_epoch: 10, restore_best_weights: true}"),
        "training.callbacks[0].early_stopping.start_from_epoch",
        "warning",
        "never watches any",
    ),
    (
        callbacks("reduce_lr_on_plateau"),
        "training.callbacks[0].reduce_lr_on_plateau.patience",
        "warning",
        "ends before this can lower the rate",
    ),
    (
        callbacks("model_checkpoint: {monitor: val_accuracy, mode: min}"),
        "training.callbacks[0].model_checkpoint.mode",
        "warning",
        "min takes the worst val_accuracy for the best; expected max, or auto",
    ),
    (
        callbacks("early_stopping: {monitor: loss, mode: max}"),
        "training.callbacks[0].early_stopping.mode",
        "warning",
        "expected min, or auto",
    ),
    ("data: {limit: 50001}", "data.limit", "warning", "cifar10 has 50,000 training images"),
    (
        "data: {dataset: demo, limit: 20000}",
        "data.limit",
        "warning",
        "demo has 10,000 training images, so this limits nothing",
    ),
    (
        "data: {limit: 10, validation: 0.01}\ntraining: {batch_size: 1}",
        "data.validation",
        "error",
        "0.01 of 10 training images leaves 0 to validate on and 10 to train on",
    ),
    (
        "data: {limit: 10, validation: 0.99}",
        "data.validation",
        "error",
        "0.99 of 10 training images leaves 10 to validate on and 0 to train on",
    ),
    (
        "data: {limit: 100, validation: 0.5}\ntraining: {batch_size: 51}",
        "training.batch_size",
        "error",
        "expected at most the 50 training images, received 51",
    ),
]


@pytest.mark.parametrize(("line", "path", "severity", "words"), FOUND)
def test_what_cannot_work_or_is_foolish_is_found(
    line: str, path: str, severity: str, words: str
) -> None:
    (problem,) = problems_of(spec_with(line))
    assert (problem.path, problem.severity) == (path, severity)
    assert words in problem.message
    assert problem.mark.line is not None


SILENT = [
    network("flatten", "dense: {units: 10, activation: log_softmax}"),
    network("flatten", "dense: {units: 10, activation: linear}"),
    network("flatten", "dropout: {rate: 0.1}", "dense: {units: 10}", "batch_normalization"),
    rate("0.1", PLATEAU),
    rate("{cosine_decay: {initial_learning_rate: 0.1}}", "early_stopping: {patience: 3}"),
    rate("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 4400}}"),
    rate("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 2000, alpha: 0.1}}"),
    rate("{cosine_decay: {initial_learning_rate: 0, warmup_target: 1, warmup_steps: 450}}"),
    rate(
        "{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 9, alpha: 1}}", rest="epochs: 1"
    ),
    rate("{polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 90, cycle: true}}"),
    rate("{exponential_decay: {initial_learning_rate: 0.1, decay_steps: 90, decay_rate: 0.5}}"),
    rate("{cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 90}}"),
    rate("{step_decay: {initial_learning_rate: 0.1, epochs: [5, 9]}}"),
    rate("{triangular: {peak_learning_rate: 0.1}}"),
    callbacks("csv_logger", "csv_logger: {filename: other.csv}", "tensorboard", "model_checkpoint"),
    callbacks("early_stopping: {patience: 8}"),
    callbacks("early_stopping: {patience: 20, restore_best_weights: true}"),
    callbacks("early_stopping: {patience: 9, baseline: 0.5}"),
    callbacks("reduce_lr_on_plateau: {patience: 8}"),
    callbacks("early_stopping: {patience: 4}", PLATEAU, epochs=1),
    callbacks("early_stopping: {monitor: val_accuracy, mode: max, patience: 2}"),
    "data: {limit: 50000}",
    "data: {limit: 100, validation: 0.5}\ntraining: {batch_size: 50}",
    "data: {limit: 100, validation: test}\ntraining: {batch_size: 100}",
]


@pytest.mark.parametrize("line", SILENT)
def test_what_is_sensible_passes_in_silence(line: str) -> None:
    assert problems_of(spec_with(line)) == []


@pytest.mark.parametrize("name", shipped_configs())
def test_the_shipped_configs_give_no_warning(name: str) -> None:
    warnings: list[Problem] = []
    load_spec(name, warn=warnings.append)
    assert warnings == []


def test_a_section_with_mistakes_hides_only_what_depends_on_it() -> None:
    text = (
        "name: a\nsed: 1\ndata: {limit: 60000}\nmodel:\n  layers:\n    - flatten\n"
        "    - max_pooling2d\n    - dense: {units: 10}\n"
        "training: {epochs: 0, callbacks: [csv_logger, csv_logger]}\n"
    )
    found = problems_of(text)
    assert [(p.mark.line, p.severity) for p in found] == [
        (2, "error"),
        (3, "warning"),
        (7, "error"),
        (9, "error"),
    ]
    starts = ("sed", "data.limit", "model.layers[1]", "training.epochs")
    assert all(p.path.startswith(start) for p, start in zip(found, starts, strict=True))


def test_a_warning_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(spec_with("data: {limit: 60000}"))
    assert load_spec(path).data.limit == 60_000


def test_an_error_stops_a_training_but_not_the_reading_of_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(spec_with(callbacks("csv_logger", "csv_logger")))
    with pytest.raises(SpecError, match="a file of its own"):
        load_spec(path)
    assert len(parse_spec(path.read_text(), "checkpoint.h5").training.callbacks) == 2


NEVER = """\
name: never
data: {dataset: demo, limit: 500, validation: 0.2}
model: {layers: [flatten, {dense: {units: 10}}]}
training: {epochs: 30, batch_size: 50, MORE}
"""


@pytest.mark.parametrize(
    ("more", "path", "severity"),
    [
        (
            "optimizer: {sgd: {gradient_accumulation_steps: 241}}",
            "training.optimizer.sgd.gradient_accumulation_steps",
            "error",
        ),
        (
            "weight_averaging: {lookahead: {period: 241}}",
            "training.weight_averaging.lookahead.period",
            "error",
        ),
        (
            "callbacks: [{early_stopping: {patience: 3}}, {reduce_lr_on_plateau: {patience: 3}}]",
            "training.callbacks[1].reduce_lr_on_plateau.patience",
            "warning",
        ),
    ],
)
def test_what_never_comes_is_found(more: str, path: str, severity: str) -> None:
    (problem,) = inspect(read_yaml_text(NEVER.replace("MORE", more), "never")).problems
    assert (problem.path, problem.severity) == (path, severity)
    fewer = more.replace("241", "240").replace("early_stopping: {patience: 3}", "csv_logger: {}")
    assert not inspect(read_yaml_text(NEVER.replace("MORE", fewer), "never")).problems


def test_a_relu_at_the_end_is_foolish() -> None:
    text = NEVER.replace(", MORE", "").replace("{dense: {units: 10}}", "{dense: {units: 10}}, relu")
    (problem,) = inspect(read_yaml_text(text, "never")).problems
    assert problem.path == "model.layers[2].relu" and problem.severity == "warning"


@pytest.mark.parametrize(
    ("items", "found"),
    [
        (["csv_logger: {filename: a}", "csv_logger: {filename: a/b}"], "'a' is a file of train"),
        (["csv_logger: {filename: a/b}", "csv_logger: {filename: a}"], "'a' is a folder for train"),
        (["tensorboard: {log_dir: a}", "csv_logger: {filename: a/b}"], None),
        (["csv_logger: {filename: a/b}", "tensorboard: {log_dir: a}"], None),
        (["csv_logger: {filename: a}", "tensorboard: {log_dir: a/b}"], "'a' is a file of training"),
        (["csv_logger: {filename: a/b}", "csv_logger: {filename: a/c}"], None),
    ],
)
def test_a_file_of_one_callback_is_no_folder_of_another(
    monkeypatch: pytest.MonkeyPatch, items: list[str], found: str | None
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    messages = [problem.message for problem in problems_of(spec_with(callbacks(*items)))]
    assert len(messages) == (found is not None)
    assert all(found and message.startswith(found) for message in messages)


def test_a_callback_that_is_not_installed_is_found_before_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    text = spec_with(callbacks("tensorboard"))
    (problem,) = problems_of(text)
    assert (problem.path, problem.severity) == ("training.callbacks[0].tensorboard", "error")
    assert problem.message.endswith("pip install 'cifarcnn[tensorboard]'")
    assert parse_spec(text, "a.yaml").training.callbacks  # a run of another machine can be read


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (f"csv_logger: {{filename: {'a' * 201}}}", "expected names of at most 200 bytes"),
        (f"csv_logger: {{filename: {'a/' * 600}b}}", "expected names of at most 200 bytes"),
        ("csv_logger: {separator: '.'}", "expected a character that is in no number or name"),
        ("csv_logger: {separator: '\"'}", "expected a character that is in no number or name"),
        ('csv_logger: {separator: "\\n"}', "expected a character that is in no number or name"),
    ],
)
def test_what_a_callback_could_not_write_is_found_before_training(item: str, message: str) -> None:
    (problem,) = problems_of(spec_with(callbacks(item)))
    assert problem.message.startswith(message)


def test_separators_of_csv_are_taken() -> None:
    for separator in (",", ";", "|", " "):
        assert not problems_of(spec_with(callbacks(f"csv_logger: {{separator: '{separator}'}}")))
    assert not problems_of(spec_with(callbacks('csv_logger: {separator: "\\t"}')))
