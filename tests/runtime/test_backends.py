"""Choosing the engine under Keras, before any of them is imported."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from cifarcnn.errors import UserError
from cifarcnn.language.constants import BackendName
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime import start
from cifarcnn.runtime.backends import BACKENDS
from cifarcnn.runtime.devices import DeviceChoice, Gpu
from cifarcnn.runtime.environment import prepare_environment
from tests.support.jax_process import needs_jax, run_on_jax

CPU = DeviceChoice((), "asked for")
GPU = DeviceChoice((Gpu(0, "H100", "GPU-1"),), "asked for")
SEVERAL = DeviceChoice((Gpu(0, "H100", "GPU-1"), Gpu(1, "H100", "GPU-2")), "asked for")


def without(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    find = importlib.util.find_spec

    def found(name: str, *more: Any) -> Any:
        return None if name == package else find(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", found)


@pytest.mark.parametrize(
    ("backend", "message", "hint"),
    [
        ("jax", "the backend jax needs JAX", "pip install 'cifarcnn[jax]', or use --backend tens"),
        ("tensorflow", "needs TensorFlow, which is not", "pip install tensorflow, or use --backen"),
    ],
)
def test_a_missing_backend_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, backend: BackendName, message: str, hint: str
) -> None:
    without(monkeypatch, backend)
    with pytest.raises(UserError, match=message) as caught:
        start.start_on(CPU, RuntimeSpec(backend=backend))
    assert str(caught.value.hint).startswith(hint)


def test_jax_on_several_gpus_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cifarcnn.runtime.backends.missing_modules", lambda names: [])
    with pytest.raises(UserError, match="jax trains on one GPU, not on several"):
        start.start_on(SEVERAL, RuntimeSpec(backend="jax"))


@pytest.mark.parametrize(
    ("backend", "install"),
    [("tensorflow", "pip install 'cifarcnn[gpu]'"), ("jax", "pip install 'jax[cuda12]'")],
)
def test_a_gpu_that_the_backend_cannot_use_is_named(backend: BackendName, install: str) -> None:
    with pytest.raises(UserError, match=r"cannot use H100 \(its CUDA libraries are") as caught:
        start._without_gpu(GPU, BACKENDS[backend])
    assert BACKENDS[backend].title in caught.value.message
    assert str(caught.value.hint).startswith(install)
    auto = start._without_gpu(DeviceChoice(GPU.gpus, "auto: the first GPU"), BACKENDS[backend])
    assert not auto.gpus and install in auto.reason


def test_jax_is_kept_from_gpus_or_shown_one() -> None:
    env = {"JAX_PLATFORMS": "tpu", "JAX_ENABLE_X64": "1", "XLA_FLAGS": "--xla_a=1"}
    switches = prepare_environment(CPU, RuntimeSpec(backend="jax", threads=3), env)
    assert switches == {"JAX_PLATFORMS": "cpu", "PJRT_NPROC": "3", "XLA_FLAGS": "--xla_a=1"}
    assert env["KERAS_BACKEND"] == "jax" and "JAX_ENABLE_X64" not in env

    spec = RuntimeSpec(backend="jax", deterministic=True)
    switches = prepare_environment(GPU, spec, env)
    assert "JAX_PLATFORMS" not in env and env["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert switches["XLA_FLAGS"] == "--xla_a=1 --xla_gpu_deterministic_ops=true"
    assert switches["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert prepare_environment(GPU, spec, env) == switches, "a flag was added twice"
    env["XLA_FLAGS"] = "--xla_gpu_deterministic_ops=false --xla_a=1"
    assert prepare_environment(GPU, spec, env) == switches, "the spec wins"


CUDA_DOES_NOT_START = """\
import jax
from jax._src import xla_bridge

def fail():
    raise ValueError("the driver is too old")

xla_bridge.register_backend_factory("of_a_gpu", fail, priority=400, fail_quietly=False)

from cifarcnn.runtime.jax_backend import usable_gpus
assert usable_gpus() == 0
assert float(jax.numpy.ones(3).sum()) == 3.0
"""


@needs_jax
def test_jax_runs_on_the_cpu_where_cuda_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(CUDA_DOES_NOT_START)
    done = run_on_jax(tmp_path, "program.py", KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr
