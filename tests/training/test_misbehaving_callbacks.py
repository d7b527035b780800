"""Callbacks of the user's own that stop within an epoch, or cannot write at the end."""

from pathlib import Path

from tests.conftest import TINY, Cifarcnn, history_of, summary_of

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
