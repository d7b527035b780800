"""`cifarcnn.check`."""

from cifarcnn.api.arguments import Files, Settings, SpecLike, overrides_of, run_code, source_of
from cifarcnn.language import check as language
from cifarcnn.language.problems import SpecError


class Check(language.Check):
    """What was found in a spec. It is true if the spec can be trained."""

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
    source = source_of(spec)
    try:
        overrides = overrides_of(set)
    except SpecError as error:
        return Check(str(getattr(source, "name", source)), error.problems)
    return Check(**vars(language.check(source, overrides)))
