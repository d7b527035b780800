"""Every registered callback against the Keras callback of the same name."""

from pathlib import Path
from typing import Any

import pytest

from cifarcnn.language.entry_types import CALLBACKS, CallbackContext
from tests.entries.contract import (
    check_against_keras,
    entry_of,
    keras_class_of,
    read_and_check,
    require_rows,
)

ROWS = [
    "early_stopping: {monitor: val_accuracy, patience: 3, min_delta: 0.01}",
    "early_stopping: {baseline: 0.5, restore_best_weights: true}",
    "reduce_lr_on_plateau: {factor: 0.5, patience: 2, cooldown: 1, min_lr: 1e-6}",
    "model_checkpoint: {filepath: 'best/{val_loss:.2f}.h5', save_best_only: true}",
    'csv_logger: {filename: logs/epochs.tsv, separator: "\\t"}',
    "tensorboard: {log_dir: logs/board, histogram_freq: 1, update_freq: batch}",
    "terminate_on_nan",
]

OUR_DEFAULTS: dict[tuple[str, str], tuple[Any, str]] = {
    ("model_checkpoint", "filepath"): ("epoch-{epoch:02d}.h5", "Keras has none"),
    ("csv_logger", "filename"): ("log.csv", "Keras has none"),
    ("tensorboard", "log_dir"): ("tensorboard", "the folder is inside the run directory"),
    ("tensorboard", "write_graph"): (False, "Keras' graph is of a wrapper, and slow to write"),
}
"""Where ours differs from Keras', and why."""

NOT_SNAKE_CASE = {
    "tensorboard": "one word",
    "terminate_on_nan": "Keras' rule would split NaN",
}


@pytest.fixture
def context(tmp_path: Path) -> CallbackContext:
    def save_checkpoint(model: Any, path: Path) -> None:
        path.write_text(str(model))

    return CallbackContext(tmp_path, finished_epochs=0, save_checkpoint=save_checkpoint)


def test_every_callback_has_a_row() -> None:
    require_rows(CALLBACKS, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_a_callback_keeps_its_contract(item: str, context: CallbackContext) -> None:
    entry = read_and_check(CALLBACKS, item)
    assert "verbose" not in type(entry).model_fields
    callback = entry.build_for(context)
    if not entry.of_keras:
        from keras.callbacks import Callback

        assert isinstance(callback, Callback)
        return
    check_against_keras(entry, our_defaults=OUR_DEFAULTS, not_snake_case=NOT_SNAKE_CASE)
    assert isinstance(callback, keras_class_of(entry))
    for name, given in entry.arguments().items():
        if name in ("mode", "initial_value_threshold"):
            continue  # held as a function; see the tests below
        held = getattr(callback, {"separator": "sep"}.get(name, name))
        if name in ("filepath", "filename", "log_dir"):
            assert held == str(context.run_dir / given)
        elif name == "min_delta":
            assert abs(held) == given  # negative in Keras where lower is better
        else:
            assert held == {"batch": 1}.get(given, given), name


@pytest.mark.parametrize("name", ["early_stopping", "reduce_lr_on_plateau", "model_checkpoint"])
@pytest.mark.parametrize(
    ("arguments", "higher_is_better"),
    [
        ("monitor: val_loss", False),
        ("monitor: loss", False),
        ("monitor: accuracy", True),
        ("monitor: val_accuracy", True),
        ("monitor: val_accuracy, mode: min", False),
        ("monitor: loss, mode: max", True),
    ],
)
def test_whether_higher_is_better_follows_from_the_monitored_value(
    name: str, arguments: str, higher_is_better: bool
) -> None:
    mode = entry_of(CALLBACKS, f"{name}: {{{arguments}}}").arguments()["mode"]
    assert mode == ("max" if higher_is_better else "min")


def test_a_checkpoint_callback_writes_through_the_run(context: CallbackContext) -> None:
    item = "model_checkpoint: {filepath: 'at-{epoch:03d}.h5'}"
    callback = entry_of(CALLBACKS, item).build_for(context)
    callback.set_model("the model")
    callback.on_epoch_end(4, {"val_loss": 0.5})
    assert {p.name: p.read_text() for p in context.run_dir.iterdir()} == {"at-005.h5": "the model"}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("early_stopping: {patience: 4}", "stopped: no improvement of val_loss for 4 epochs"),
        (
            "early_stopping: {patience: 1, monitor: accuracy}",
            "stopped: no improvement of accuracy for 1 epoch",
        ),
        ("terminate_on_nan", "stopped by terminate_on_nan"),
    ],
)
def test_a_callback_that_ends_the_training_says_why(item: str, reason: str) -> None:
    assert entry_of(CALLBACKS, item).stop_reason() == reason
