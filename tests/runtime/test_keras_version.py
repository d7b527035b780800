"""A Keras that is too old is found before it is imported."""

import importlib.metadata
import sys
import tomllib
from pathlib import Path

import pytest

from cifarcnn.errors import UserError
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime import start
from cifarcnn.runtime.devices import DeviceChoice


@pytest.mark.parametrize("installed", ["3.12.0", "3.15.0", "2.15", "3.9.2"])
def test_an_older_keras_is_refused(monkeypatch: pytest.MonkeyPatch, installed: str) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: installed)
    before = set(sys.modules)
    with pytest.raises(UserError, match=r"Keras 3\.15\.1 or newer is needed") as caught:
        start.start_on(DeviceChoice((), "asked for"), RuntimeSpec())
    assert f"Keras {installed} is installed" in caught.value.message
    assert caught.value.hint == "pip install 'keras>=3.15.1'"
    assert not {"keras", "tensorflow"} & (set(sys.modules) - before)


@pytest.mark.parametrize("installed", ["3.15.1", "3.15.2", "3.16.0.dev1", "4.0", "10.0.0"])
def test_a_newer_one_is_not(monkeypatch: pytest.MonkeyPatch, installed: str) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: installed)
    start._require_keras()


def test_the_package_asks_for_the_same_version() -> None:
    path = Path(__file__).parents[2] / "pyproject.toml"
    dependencies = tomllib.loads(path.read_text())["project"]["dependencies"]
    (keras,) = [text for text in dependencies if text.startswith("keras")]
    lowest, highest = keras.removeprefix("keras").split(",")
    assert lowest == f">={start.OLDEST_KERAS}"
    assert highest.startswith("<"), "see tests/runtime/test_keras_internals.py"
