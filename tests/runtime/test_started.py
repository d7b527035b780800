"""What a process has started, and what can be asked of it after that."""

import os
import sys

import pytest

from cifarcnn.errors import UnusableValueError
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.processes.environment import child_environment, given_environment
from cifarcnn.runtime import started
from cifarcnn.runtime.devices import DeviceChoice, Gpu
from cifarcnn.runtime.environment import prepare_environment
from cifarcnn.runtime.started import Started, as_imported, as_started, require_hidden

GPU = Gpu(0, "H100", "GPU-1")
CPU = DeviceChoice((), "asked for")
AUTO_CPU = DeviceChoice((), "auto: no GPU")
ON_GPU = DeviceChoice((GPU,), "asked for")
AUTO_GPU = DeviceChoice((GPU,), "auto: the first GPU")


def after(device: DeviceChoice, spec: RuntimeSpec) -> Started:
    """A process that has started a spec on a device."""
    return Started(spec.backend, device, prepare_environment(device, spec, given_environment()))


def test_the_same_again_is_as_it_was() -> None:
    spec = RuntimeSpec(threads=2, onednn=False)
    assert as_started(after(CPU, spec), AUTO_CPU, spec, exactly=True) is AUTO_CPU


@pytest.mark.parametrize(("device", "other"), [(CPU, ON_GPU), (ON_GPU, CPU)])
def test_another_device_is_refused_if_it_is_asked_for(
    device: DeviceChoice, other: DeviceChoice
) -> None:
    with pytest.raises(UnusableValueError, match=f"on {device} and cannot change to {other}") as e:
        as_started(after(device, RuntimeSpec()), other, RuntimeSpec(), exactly=True)
    assert e.value.path == ("runtime", "device")


@pytest.mark.parametrize(("device", "other"), [(CPU, AUTO_GPU), (ON_GPU, AUTO_CPU)])
def test_auto_takes_the_device_in_use(device: DeviceChoice, other: DeviceChoice) -> None:
    found = as_started(after(device, RuntimeSpec()), other, RuntimeSpec(), exactly=True)
    assert found == DeviceChoice(device.gpus, "auto: in use by this process")


@pytest.mark.parametrize(
    ("first", "then", "key"),
    [
        (RuntimeSpec(), RuntimeSpec(backend="jax"), "backend"),
        (RuntimeSpec(threads=1), RuntimeSpec(threads=2), "threads"),
        (RuntimeSpec(threads=999), RuntimeSpec(), "threads"),  # which means all processors
        (RuntimeSpec(), RuntimeSpec(onednn=False), "onednn"),
        (RuntimeSpec(backend="jax", threads=1), RuntimeSpec(backend="jax", threads=2), "threads"),
    ],
)
def test_another_arithmetic_is_refused(first: RuntimeSpec, then: RuntimeSpec, key: str) -> None:
    with pytest.raises(UnusableValueError, match="this process has started ") as caught:
        as_started(after(CPU, first), CPU, then, exactly=True)
    assert caught.value.path == ("runtime", key)
    assert "use a new Python process" in str(caught.value.hint)
    if key != "backend":
        assert as_started(after(CPU, first), CPU, then, exactly=False) == CPU


def test_determinism_on_a_gpu_is_a_flag_of_the_compiler_of_jax() -> None:
    first, then = (RuntimeSpec(backend="jax", deterministic=it) for it in (True, False))
    assert as_started(after(CPU, first), CPU, then, exactly=True) == CPU
    with pytest.raises(UnusableValueError) as caught:
        as_started(after(ON_GPU, first), ON_GPU, then, exactly=True)
    assert caught.value.path == ("runtime", "deterministic")


def test_of_a_framework_that_others_imported_threads_cannot_be_set() -> None:
    assert as_imported(RuntimeSpec(), exactly=True).items() <= os.environ.items()
    as_imported(RuntimeSpec(threads=1), exactly=False)
    for spec in (RuntimeSpec(threads=1), RuntimeSpec(onednn=True)):
        with pytest.raises(UnusableValueError, match="and it is imported already"):
            as_imported(spec, exactly=True)


def test_of_a_framework_that_others_imported_gpus_cannot_be_hidden() -> None:
    for device, usable in ((CPU, 0), (AUTO_GPU, 2), (ON_GPU, 1)):
        require_hidden(device, usable, RuntimeSpec())
    with pytest.raises(UnusableValueError, match="uses a GPU, so it cannot change to CPU"):
        require_hidden(CPU, 1, RuntimeSpec())


def test_others_are_those_who_came_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(started, "_started", None)
    monkeypatch.setitem(sys.modules, "jax", sys)
    assert started.imported_before("jax")
    started.note_started("jax", CPU, {})
    assert not started.imported_before("jax")
    started.note_started("tensorflow", ON_GPU, {})
    found = started.started()
    assert found is not None and found.backend == "jax"  # the first stays


def test_children_see_the_environment_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cifarcnn.processes.environment._changed", {})
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,2")
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "3")
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    for name in ("TF_CPP_MIN_LOG_LEVEL", "GRPC_VERBOSITY", "GLOG_minloglevel"):
        monkeypatch.setenv(name, os.environ.get(name, "0"))
    for name in ("TF_ENABLE_ONEDNN_OPTS", "TF_FORCE_GPU_ALLOW_GROWTH", "CUDA_DEVICE_ORDER"):
        monkeypatch.setenv(name, "1")
    before = dict(os.environ)
    prepare_environment(CPU, RuntimeSpec(threads=3))
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "3"
    assert "KERAS_MAX_EPOCHS" not in os.environ
    assert given_environment() == before
    assert child_environment()["CUDA_VISIBLE_DEVICES"] == "1,2"
    os.environ["CUDA_VISIBLE_DEVICES"] = "7"  # somebody's own choice since then
    assert given_environment()["CUDA_VISIBLE_DEVICES"] == "7"
