"""Python's garbage collector and the framework's objects."""

import gc
import subprocess
import sys

from cifarcnn.runtime.collector import objects_stay


def test_what_is_made_in_the_block_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()
    with objects_stay():
        assert not gc.isenabled()
        made = [[] for _ in range(1000)]  # type: ignore[var-annotated]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)
    gc.unfreeze()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with objects_stay():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()


def test_the_end_of_the_program_runs_what_was_registered_and_looks_for_no_garbage() -> None:
    program = """
import atexit, os
from cifarcnn.runtime.collector import objects_stay

class Loop:
    def __init__(self):
        self.me = self
    def __del__(self, write=os.write):
        write(1, b"collected")

with objects_stay():
    kept = Loop()
atexit.register(print, "registered", flush=True)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "registered\n")
