"""Failures of the frameworks are told in a line, not in a traceback."""

import click
import pytest
from click.testing import CliRunner

from cifarcnn.cli import CommandLine


class ResourceExhaustedError(Exception):
    """As TensorFlow calls it."""


class JaxRuntimeError(RuntimeError):
    """As JAX calls it."""


class UnimplementedError(Exception):
    """As TensorFlow calls it."""


@pytest.mark.parametrize(
    ("error", "exit_code", "told"),
    [
        (MemoryError(), 1, "not enough memory"),
        (ResourceExhaustedError("OOM when allocating tensor"), 1, "not enough memory"),
        (JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory"), 1, "not enough memory"),
        (UnimplementedError("A deterministic GPU implementation of X"), 2, "GPU implementation"),
    ],
)
def test_what_a_framework_cannot_do_is_told(error: Exception, exit_code: int, told: str) -> None:
    result = run(error)
    assert result.exit_code == exit_code and told in result.stderr
    assert result.stderr.count("\n") == 2 and "Traceback" not in result.stderr


def test_other_failures_of_a_framework_stay_what_they_are() -> None:
    for error in (JaxRuntimeError("INTERNAL: a bug"), UnimplementedError("a type")):
        assert run(error).exception is error


def run(error: Exception) -> "click.testing.Result":
    @click.group(cls=CommandLine)
    def group() -> None:
        """As the command line is made."""

    @click.command("train")
    def train() -> None:
        raise error

    group.get_command = lambda ctx, cmd_name: train  # type: ignore[method-assign]
    return CliRunner().invoke(group, ["train"])
