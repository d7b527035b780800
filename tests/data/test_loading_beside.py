"""Loading a data set beside the import of a framework."""

import threading
import weakref
from pathlib import Path

import pytest

from cifarcnn.data import load
from cifarcnn.data.dataset import Dataset
from cifarcnn.data.load import begin_loading, load_dataset
from cifarcnn.errors import UserError


def test_it_goes_on_in_a_thread_and_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end, threads = threading.Event(), []

    def slow(name: str, data_dir: Path | None) -> Dataset:
        threads.append(threading.current_thread())
        assert may_end.wait(20)
        return load_dataset(name, data_dir)

    monkeypatch.setattr(load, "load_dataset", slow)
    loaded = begin_loading("demo")  # returns while `slow` waits
    may_end.set()
    assert len(loaded().train) == 10_000
    assert threads[0] is not threading.main_thread()


def test_a_place_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        begin_loading("cifar10", tmp_path / "nowhere")


def test_damaged_data_is_told_by_what_waits(tmp_path: Path) -> None:
    archive = tmp_path / "cifar-10-python.tar.gz"
    archive.write_bytes(b"no archive")
    loaded = begin_loading("cifar10", tmp_path)
    with pytest.raises(UserError, match="not the archive of CIFAR-10"):
        loaded()


def test_what_was_given_is_not_kept() -> None:
    loaded = begin_loading("demo")
    gone = weakref.ref(loaded())
    assert gone() is None
