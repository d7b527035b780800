"""The MLflow example of the documentation, with the real MLflow if it is installed."""

import csv
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import SUPPORT
from tests.support.run import run_cifarcnn

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS_ONCE = SUPPORT / "kills_once.py"
STANDIN = Path(__file__).parent / "standin_mlflow"
REAL = importlib.util.find_spec("mlflow") is not None
ENVIRONMENT = {} if REAL else {
    "PYTHONPATH": os.pathsep.join(filter(None, [str(STANDIN), os.environ.get("PYTHONPATH")]))
}  # fmt: skip

READ = """
import json, mlflow
client = mlflow.MlflowClient("sqlite:///mlflow.db")
(run,) = client.search_runs([client.get_experiment_by_name("demo").experiment_id])
names = ["loss", "accuracy", "val_loss", "val_accuracy"]
print(json.dumps({
    "id": run.info.run_id, "name": run.info.run_name, "status": run.info.status,
    "artifacts": [file.path for file in client.list_artifacts(run.info.run_id)],
    "metrics": {name: [(metric.step, metric.value)
                       for metric in client.get_metric_history(run.info.run_id, name)]
                for name in names},
}))
"""


def train(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    code = ("--code", "mlflow_callback.py", "--code", str(KILLS_ONCE))
    return run_cifarcnn(folder, *words, *code, **ENVIRONMENT)


def logged(folder: Path) -> Any:
    """The one run that MLflow has."""
    done = subprocess.run(
        [sys.executable, "-c", READ],
        cwd=folder,
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def history(run: Path) -> dict[str, list[list[float]]]:
    with (run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    return {name: [[int(row["epoch"]), float(row[name])] for row in rows] for name in names}


def test_a_run_is_logged_once_also_if_it_is_killed_and_resumed(examples: Path) -> None:
    (examples / "after an epoch").touch()
    text = (examples / "mlflow_callback.yaml").read_text()
    (examples / "mlflow_callback.yaml").write_text(f"{text.rstrip()}\n    - kills_once\n")
    done = train(examples, "train", "mlflow_callback.yaml", "--output", "run")
    assert done.returncode == -signal.SIGKILL, done.stderr
    first = logged(examples)
    assert [step for step, _ in first["metrics"]["loss"]] == [1, 2, 3]  # the state has two
    assert first["status"] == "RUNNING"
    done = train(examples, "resume", "run")
    assert done.returncode == 0, done.stderr
    last = logged(examples)
    assert (last["id"], last["name"], last["status"]) == (first["id"], "run", "FINISHED")
    assert last["artifacts"] == ["spec.yaml"]
    assert last["metrics"] == history(examples / "run")
    done = train(examples, "resume", "run", "--epochs", "5")
    assert done.returncode == 0, done.stderr
    assert len(history(examples / "run")["loss"]) == 5
    assert logged(examples)["metrics"] == history(examples / "run")


@pytest.mark.skipif(REAL, reason="MLflow is installed")
def test_without_mlflow_one_line_says_what_to_install(examples: Path) -> None:
    done = run_cifarcnn(
        examples, "train", "mlflow_callback.yaml", "--code", "mlflow_callback.py", "-q"
    )
    assert done.returncode == 2
    warning, error = done.stderr.split("\n", 1)
    assert re.fullmatch(
        r"warning: nothing was trained, so runs/logged-[\d-]+ is gone again", warning
    )
    assert error == "error: the callback mlflow needs MLflow\n  pip install mlflow\n"
