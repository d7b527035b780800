"""Failures of the frameworks that say something about the machine, in words for the user.

TensorFlow and JAX have exceptions of their own, which are known here by name: whoever handles one
need not have imported a framework.
"""

from cifarcnn.errors import CifarcnnError, UserError, os_reason

_LESS_MEMORY = "a smaller network or training.batch_size takes less"


def failure_in_words(error: BaseException) -> CifarcnnError | None:
    """Memory that ran out, on any device; an operation that is not deterministic; or None."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, MemoryError) or name == "ResourceExhaustedError":
        return CifarcnnError("not enough memory", hint=_LESS_MEMORY)
    if name in ("JaxRuntimeError", "XlaRuntimeError") and "RESOURCE_EXHAUSTED" in text:
        return CifarcnnError("not enough memory", hint=_LESS_MEMORY)
    if name == "UnimplementedError" and "determinis" in text.lower():
        return UserError(
            f"an operation of the network is not deterministic on this device: {_first_line(text)}",
            hint="leave runtime.deterministic out, or use --device cpu",
        )
    return None


def foreseen(error: Exception) -> CifarcnnError | None:
    """An exception as an error of this program; None if it is a mistake in the program itself.

    Known are memory that ran out, mistakes in the user's own code, and files that the system does
    not read or write.
    """
    from cifarcnn.user_code.sources import mistake_in_user_code

    known = failure_in_words(error) or mistake_in_user_code(error)
    if known is None and isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        known = CifarcnnError(f"{place}{os_reason(error)}")
    return known


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:200]
