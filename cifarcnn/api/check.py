"""`cifarcnn.check`."""

from dataclasses import dataclass

from cifarcnn.api.arguments import Files, Settings, SpecLike, read_document, run_code
from cifarcnn.errors import UserError
from cifarcnn.language.checking.validate import inspect
from cifarcnn.language.marks import Mark
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.schema import Spec


@dataclass(frozen=True, repr=False)
class Check:
    """What is wrong with a spec. It is true if the spec can be trained."""

    name: str
    """How the spec was named."""
    problems: list[Problem]
    """In the order of its lines; `severity` is `error` or `warning`."""

    @property
    def ok(self) -> bool:
        """Whether it can be trained."""
        return not any(problem.severity == "error" for problem in self.problems)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        lines = [f"{problem.severity}: {problem}" for problem in self.problems]
        return "\n".join([*lines, f"{self.name}: ok"] if self.ok else lines)


def check(spec: SpecLike, *, set: Settings = None, code: Files = ()) -> Check:
    """Find all mistakes in a spec, as `cifarcnn check` does; none of them is raised.

    Args:
        spec: The name of a shipped config, the path of a YAML file, or a spec.
        set: Values by their path, such as `{"training.batch_size": 64}`.
        code: Python files that register layers, callbacks or others; each runs once in a process.

    Raises:
        UserError: a file of `code` cannot be run.
    """
    run_code(code)
    name = spec.name if isinstance(spec, Spec) else str(spec)
    try:
        return Check(name, inspect(read_document(spec, set)).problems)
    except SpecError as error:
        return Check(name, error.problems)
    except UserError as error:  # it cannot be read
        hint = f" ({error.hint})" if error.hint else ""
        message = error.message.removeprefix(f"{name}: ")
        return Check(name, [Problem(Mark(name), "", message + hint)])
