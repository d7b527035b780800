"""Who handles signals, and that it is as before afterwards."""

import os
import signal
import threading
from types import FrameType

import pytest

from cifarcnn.signals import Interrupted, InterruptGuard, handling


def test_handlers_are_put_back_even_if_the_block_fails() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    came: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        came.append(number)

    def fail() -> None:
        with handling({signal.SIGUSR1: handle}):
            os.kill(os.getpid(), signal.SIGUSR1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert came == [signal.SIGUSR1]
    assert signal.getsignal(signal.SIGUSR1) == before


def test_outside_of_the_main_thread_nothing_changes() -> None:
    found: list[object] = []

    def work() -> None:
        with handling({signal.SIGUSR1: lambda *_: None}):
            found.append(signal.getsignal(signal.SIGUSR1))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGUSR1)]


def test_a_guard_raises_a_flag_at_the_first_signal_and_lets_the_second_act() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with InterruptGuard() as guard:
            guard.check()
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(Interrupted) as caught:
                guard.check()
            assert caught.value.exit_code == 130
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
