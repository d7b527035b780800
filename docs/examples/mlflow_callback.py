"""A callback that logs a run to MLflow (https://mlflow.org), and goes on there after `resume`."""

import functools
import time
from pathlib import Path
from typing import Any

from cifarcnn.plugins import CALLBACKS, Callback, CallbackContext, Field, UserError

RUN_ID = "mlflow-run-id.txt"


@CALLBACKS.register("mlflow")
class MLflow(Callback):
    """Logs loss and accuracy of every epoch to MLflow; needs `pip install mlflow`."""

    experiment: str = Field("cifarcnn", description="name of the experiment; made if it is new")
    tracking_uri: str | None = Field(
        None, description="where the logs go; null: MLFLOW_TRACKING_URI, else MLflow's own default"
    )

    def build_for(self, context: CallbackContext) -> Any:
        """Build the Keras callback for one run."""
        try:
            import mlflow
        except ImportError:
            raise UserError("the callback mlflow needs MLflow", "pip install mlflow") from None
        client = mlflow.MlflowClient(self.tracking_uri)
        return keras_callback()(client, find_run(client, self.experiment, context.run_dir))


def find_run(client: Any, experiment: str, run_dir: Path) -> str:
    """The id of the MLflow run: that in the run directory, or of a new one."""
    file = run_dir / RUN_ID
    if file.exists():
        return file.read_text().strip()
    found = client.get_experiment_by_name(experiment)
    number = found.experiment_id if found else client.create_experiment(experiment)
    run_id = client.create_run(number, run_name=run_dir.name).info.run_id
    client.log_artifact(run_id, str(run_dir / "spec.yaml"))
    file.write_text(f"{run_id}\n")
    return str(run_id)


@functools.cache
def keras_callback() -> Any:
    """The Keras class of the callback."""
    import keras
    from mlflow.entities import Metric
    from mlflow.exceptions import MlflowException

    class MLflow(keras.callbacks.Callback):
        def __init__(self, client: Any, run_id: str) -> None:
            super().__init__()
            self.client = client
            self.run_id = run_id

        def on_train_begin(self, logs: Any = None) -> None:
            # A process may have been killed after an epoch was logged and before it was kept.
            known = self.client.get_metric_history(self.run_id, "loss")
            self.logged = max((metric.step for metric in known), default=0)
            self.client.update_run(self.run_id, status="RUNNING")

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch + 1 <= self.logged:
                return
            now = int(time.time() * 1000)
            metrics = [Metric(name, value, now, epoch + 1) for name, value in logs.items()]
            try:
                self.client.log_batch(self.run_id, metrics)
            except MlflowException as error:
                raise OSError(str(error)) from error  # which costs a warning, not the run

        def on_train_end(self, logs: Any = None) -> None:
            self.client.set_terminated(self.run_id)

    return MLflow
