"""Ctrl-C and SIGTERM in a program that trains."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.specs import TINY

INTERRUPTED = """
import os, signal, sys, threading, time
from pathlib import Path
import cifarcnn

# As in a terminal, also where the tests themselves run in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)
run = Path("run")

def stop():
    while not (run / "history.csv").exists() or len((run / "history.csv").read_text().split()) < 2:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.Signals[sys.argv[1]])

threading.Thread(target=stop, daemon=True).start()
try:
    cifarcnn.train("tiny.yaml", epochs=2000, output=run)
except Exception:
    print("an exception")
except KeyboardInterrupt as error:
    assert isinstance(error, cifarcnn.Interrupted)
    print(error.message, error.hint, sep="|")
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
print("went on")
"""


def interrupted(folder: Path, name: str) -> "subprocess.CompletedProcess[str]":
    (folder / "tiny.yaml").write_text(TINY)
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTED, name],
        cwd=folder,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_ctrl_c_is_a_keyboard_interrupt_that_says_how_to_resume(tmp_path: Path) -> None:
    done = interrupted(tmp_path, "SIGINT")
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert first.startswith("interrupted; ") and "|go on with: cifarcnn resume run" in first
    assert last == "went on"


def test_sigterm_ends_the_program_as_usual(tmp_path: Path) -> None:
    done = interrupted(tmp_path, "SIGTERM")
    assert done.returncode == -signal.SIGTERM
    assert done.stdout == ""
    assert list((tmp_path / "run" / "state").glob("epoch-*.npz"))
