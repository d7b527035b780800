"""Stands in for MLflow where it is not installed: keeps runs in `standin-mlflow.json`.

Only what docs/examples/mlflow_callback.py uses, with the signatures of MLflow 3.
"""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mlflow.entities import Metric

STORE = Path("standin-mlflow.json")


class MlflowClient:
    def __init__(self, tracking_uri: str | None = None) -> None:
        self._uri = tracking_uri

    def get_experiment_by_name(self, name: str) -> Any:
        names = _read()["experiments"]
        return SimpleNamespace(experiment_id=str(names.index(name))) if name in names else None

    def create_experiment(self, name: str) -> str:
        data = _read()
        data["experiments"].append(name)
        _write(data)
        return str(len(data["experiments"]) - 1)

    def create_run(self, experiment_id: str, *, run_name: str) -> Any:
        data = _read()
        run_id = f"run-{len(data['runs'])}"
        data["runs"][run_id] = {
            "name": run_name, "experiment": experiment_id, "status": "RUNNING", "metrics": [],
            "artifacts": [],
        }  # fmt: skip
        _write(data)
        return SimpleNamespace(info=SimpleNamespace(run_id=run_id))

    def search_runs(self, experiment_ids: list[str]) -> list[Any]:
        return [
            SimpleNamespace(
                info=SimpleNamespace(run_id=key, run_name=run["name"], status=run["status"])
            )
            for key, run in _read()["runs"].items()
            if run["experiment"] in experiment_ids
        ]

    def log_artifact(self, run_id: str, local_path: str) -> None:
        data = _read()
        data["runs"][run_id]["artifacts"].append(Path(local_path).name)
        _write(data)

    def list_artifacts(self, run_id: str) -> list[Any]:
        return [SimpleNamespace(path=name) for name in _read()["runs"][run_id]["artifacts"]]

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        rows = _read()["runs"][run_id]["metrics"]
        return [Metric(*row) for row in rows if row[0] == key]

    def log_batch(self, run_id: str, metrics: list[Metric]) -> None:
        data = _read()
        rows = [[row.key, float(row.value), row.timestamp, row.step] for row in metrics]
        data["runs"][run_id]["metrics"] += rows
        _write(data)

    def update_run(self, run_id: str, *, status: str) -> None:
        data = _read()
        data["runs"][run_id]["status"] = status
        _write(data)

    def set_terminated(self, run_id: str) -> None:
        self.update_run(run_id, status="FINISHED")


def _read() -> dict[str, Any]:
    data: dict[str, Any] = {"experiments": [], "runs": {}}
    return json.loads(STORE.read_text()) if STORE.exists() else data


def _write(data: dict[str, Any]) -> None:
    STORE.write_text(json.dumps(data))
