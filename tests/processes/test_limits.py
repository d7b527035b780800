"""What keeps a child process that reads something hostile apart from all else."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cifarcnn.checkpoints import sandbox
from cifarcnn.prediction import decoder_child
from cifarcnn.processes.environment import child_environment
from cifarcnn.processes.limits import REFUSED
from cifarcnn.processes.run_module import Ended, run_module
from tests.support.paths import ROOT

CHILDREN = [sandbox.__name__, decoder_child.__name__]

IMPORTED = """
import json, sys
before = set(sys.modules)
__import__(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


@pytest.mark.parametrize("module", CHILDREN)
def test_a_child_imports_no_library_before_its_limits_are_set(module: str) -> None:
    words = [sys.executable, "-P", "-c", IMPORTED, module]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, env=child_environment()
    )
    others = set(json.loads(done.stdout)) - sys.stdlib_module_names
    assert others == {"cifarcnn"}


@pytest.mark.parametrize("path", ["", f"{ROOT}::", ":nowhere"])
@pytest.mark.parametrize("module", CHILDREN)
def test_nothing_is_imported_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", path)
    evil = "open('imported', 'a').write(__name__)\n"
    (tmp_path / "cifarcnn").mkdir()
    for name in ("cifarcnn/__init__", "numpy", "h5py", "json", "signal", "sitecustomize", "PIL"):
        (tmp_path / f"{name}.py").write_text(evil)
    (tmp_path / "no.h5").write_bytes(b"nothing")
    if module == sandbox.__name__:
        ended = run_module(module, tmp_path / "no.h5", tmp_path / "out", 700, 6, one_thread=True)
        assert ended.refusal == "it begins neither like HDF5 nor like a zip archive"
    else:
        given = json.dumps([str(tmp_path / "no.h5")])
        ended = run_module(module, "crop", 2048, 30, given=given, one_thread=True)
        assert "it is no image" in json.loads(ended.output)["reason"], ended.errors
    assert not (tmp_path / "imported").exists()


LIMITED = """
import os, sys
from cifarcnn.processes.limits import Refused, limit, refuse

limit(400 * 1024**2, cpu_seconds=1, may_write=False)
what = sys.argv[1]
if what == "memory":
    try:
        bytearray(500 * 1024**2)
    except MemoryError:
        sys.exit(refuse("too much\\nmemory"))
if what == "time":
    while True:
        pass
if what == "write":
    with open("written", "w") as file:
        file.write("x")
if what == "core":
    import resource
    print(resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is not limited")
def test_limits_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "limited.py").write_text(LIMITED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run_module("limited", "memory").refusal == "too much memory"
    assert run_module("limited", "time").signal_name == "SIGXCPU"
    wrote = run_module("limited", "write")
    assert wrote.exit_code == 1 and "File too large" in wrote.last_line()
    assert (tmp_path / "written").read_text() == ""
    assert run_module("limited", "core") == Ended(0, "(0, 0)\n", "")


def test_a_child_that_takes_too_long_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleeps.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(TimeoutError, match=r"sleeps takes longer than 0\.2 seconds"):
        run_module("sleeps", seconds=0.2)


@pytest.mark.parametrize(
    ("exit_code", "errors", "words"),
    [
        (-signal.SIGXCPU, "", "too long"),
        (-signal.SIGSEGV, "", "crashed (SIGSEGV)"),
        (1, "Traceback\n  more\nOSError: no\n", "failed (OSError: no)"),
        (1, "x" * 300, f"failed ({'x' * 200})"),
        (1, "", "failed (no reason given)"),
    ],
)
def test_how_a_child_ended_is_said(exit_code: int, errors: str, words: str) -> None:
    ended = Ended(exit_code, "", errors)
    assert ended.failure({signal.SIGXCPU: "too long"}, "crashed", "failed") == words
    assert ended.refusal is None


def test_only_the_exit_code_of_a_refusal_makes_one() -> None:
    assert Ended(REFUSED, "why\n", "").refusal == "why"
    assert Ended(1, "why\n", "").refusal is None
