"""Callbacks of the user's own: they stop within an epoch, cannot write, or remember odd things."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.errors import UserError
from cifarcnn.language.entry_types import CALLBACKS, CallbackContext
from tests.support.run import Cifarcnn, history_of, summary_of
from tests.support.specs import TINY

CODE = """\
from cifarcnn.plugins import CALLBACKS, Callback


@CALLBACKS.register("hasty")
class Hasty(Callback):
    def build(self, **more):
        import keras

        class Hasty(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.epoch = epoch

            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = self.epoch == 1 and batch == 2

            def on_train_end(self, logs=None):
                raise OSError(28, "No space left on device")

        return Hasty()
"""


def test_a_stop_within_an_epoch_ends_the_run_and_a_failing_end_is_a_warning(
    cifarcnn: Cifarcnn, tmp_path: Path
) -> None:
    (tmp_path / "hasty.py").write_text(CODE)
    (tmp_path / "spec.yaml").write_text(TINY + "  callbacks: [hasty]\n")
    result = cifarcnn("train", "spec.yaml", "--code", "hasty.py", "--output", "run")
    assert result.returncode == 0, result.stderr
    assert "warning: hasty at the end: No space left on device" in result.stderr
    assert len(history_of(tmp_path / "run")) == 1 + 2  # with the names of the columns
    summary = summary_of(tmp_path / "run")
    assert summary["stopped"] == "stopped by a callback within the epoch"
    assert summary["test_images"] > 0


REMEMBERS = """\
import numpy as np
from cifarcnn.plugins import CALLBACKS, Callback


@CALLBACKS.register("remembers")
class Remembers(Callback):
    state_fields = ("count", "best", "recent")

    def build(self, **more):
        import keras

        class Remembers(keras.callbacks.Callback):
            def on_train_begin(self, logs=None):
                self.count, self.best, self.recent = 0, 0, []

            def on_epoch_end(self, epoch, logs=None):
                print("remembered", self.count, self.best, [float(x) for x in self.recent])
                self.count += np.int64(1)
                self.best = keras.ops.convert_to_tensor(-0.5 * (epoch + 1))
                self.recent = [*self.recent, epoch][-2:]

        return Remembers()
"""


def test_what_a_callback_remembers_may_change_its_kind_of_number(
    cifarcnn: Cifarcnn, tmp_path: Path
) -> None:
    (tmp_path / "remembers.py").write_text(REMEMBERS)
    text = TINY.replace("epochs: 3", "epochs: 2") + "  callbacks: [remembers]\n"
    (tmp_path / "spec.yaml").write_text(text)
    result = cifarcnn("train", "spec.yaml", "--code", "remembers.py", "--output", "run")
    assert result.returncode == 0, result.stderr
    result = cifarcnn("resume", "run", "--epochs", "3", "--code", "remembers.py")
    assert result.returncode == 0, result.stderr
    assert "remembered 2 -1.0 [0.0, 1.0]" in result.stdout


def test_what_no_state_can_hold_is_refused_before_the_first_step(
    cifarcnn: Cifarcnn, tmp_path: Path
) -> None:
    (tmp_path / "remembers.py").write_text(REMEMBERS.replace("0, 0, []", "0, {}, []"))
    (tmp_path / "spec.yaml").write_text(TINY + "  callbacks: [remembers]\n")
    result = cifarcnn("train", "spec.yaml", "--code", "remembers.py", "--output", "run")
    assert result.returncode == 2, result.stderr
    assert (
        "error: the callback remembers: best, which its state_fields name, should be a number"
        in (result.stderr)
    )
    assert "Traceback" not in result.stderr
    assert len(history_of(tmp_path / "run")) == 1  # the names of the columns


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("wait", -1),
        ("wait", 0.5),
        ("wait", [np.ones(3)]),
        ("best", [np.ones(3)]),
        ("best_weights", 1.0),
        ("best_weights", [np.ones(4)]),
    ],
)
def test_what_keras_callbacks_could_not_remember_is_refused(field: str, value: Any) -> None:
    import keras

    from cifarcnn.training.callback_list import CallbackList

    entry = CALLBACKS.read("early_stopping")
    callbacks = CallbackList([entry], CallbackContext(Path(), 0, lambda model, path: None))
    callbacks.attach(keras.Sequential(), 3)
    callbacks.begin()
    (fields,) = callbacks.fields()
    callbacks.restore([fields | {"wait": 2, "best": 0.5, "best_weights": [np.ones(3)]}], [(3,)])
    callbacks.begin()
    with pytest.raises(UserError, match=f"{field} of a callback; it is not resumed"):
        callbacks.restore([fields | {field: value}], [(3,)])
