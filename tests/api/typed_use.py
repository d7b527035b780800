"""What a user may write; mypy checks the types (see test_typing.py)."""

from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import cifarcnn


def use(folder: Path) -> None:
    """Call every function."""
    spec = cifarcnn.load_spec("quickstart", epochs=2, set={"data.limit": 600})
    assert_type(spec, cifarcnn.Spec)
    assert_type(spec.training.epochs, int)
    run = cifarcnn.train(spec, seed=3, device="cpu", output=folder / "run", progress=True)
    assert_type(run, cifarcnn.Run)
    assert_type(run.history["loss"], NDArray[Any])
    assert_type(run.checkpoint, Path)
    assert_type(run.test_accuracy, float)
    assert_type(cifarcnn.resume(run.path, epochs=3), cifarcnn.Run)
    assert_type(cifarcnn.repeat("basic", range(3)), cifarcnn.Repeat)
    assert_type(cifarcnn.evaluate(run, split="train"), cifarcnn.Evaluation)
    assert_type(cifarcnn.evaluate("a.h5"), cifarcnn.Evaluation)
    assert_type(cifarcnn.evaluate([run, "a.h5"]), cifarcnn.Evaluations)
    assert_type(cifarcnn.evaluate(run).probabilities, NDArray[np.float64])
    assert_type(cifarcnn.predict(run, [folder], top=2), cifarcnn.Predictions)
    assert_type(cifarcnn.compare(run, "runs/other"), cifarcnn.Comparison)
    assert_type(cifarcnn.export(run, "onnx"), cifarcnn.Export)
    assert_type(cifarcnn.list_configs()[0].parameters, int)
    assert_type(cifarcnn.describe(spec).mflop, float)
    assert_type(cifarcnn.check("my.yaml").ok, bool)
    try:
        cifarcnn.train("nothing")
    except cifarcnn.UserError as error:
        assert_type(error.message, str)
        assert_type(error.hint, str | None)
    cifarcnn.evaluate(run, split="tests")  # type: ignore[call-overload]
    cifarcnn.train(run)  # type: ignore[arg-type]
    cifarcnn.trian("basic")  # type: ignore[attr-defined]
