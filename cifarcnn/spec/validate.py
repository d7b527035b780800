"""From plain data to a `Spec`, with every problem found on the way."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from cifarcnn.spec.marks import Document, Path, dotted
from cifarcnn.spec.places import section_at
from cifarcnn.spec.plan import PlanError, plan_network
from cifarcnn.spec.problems import (
    Problem,
    SpecError,
    in_order_of_the_file,
    listed,
    near_name,
    received,
)
from cifarcnn.spec.schema import DataSpec, ModelSpec, Spec, TrainingSpec
from cifarcnn.spec.semantics import findings

_CONNECTED: dict[str, type[BaseModel]] = {
    "data": DataSpec,
    "model": ModelSpec,
    "training": TrainingSpec,
}
"""The sections that can contradict each other, or themselves."""

_MANY = 6
"""With more choices than this, a near name is shown instead of all of them."""

GIVE_CODE = "if it is your own, give its file with --code"

_MISSPELT = 0.85
"""So like a known name that it is hardly somebody's own."""

_EXPECTED = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
    "greater_than": "a value > {gt}",
    "greater_than_equal": "a value >= {ge}",
    "less_than": "a value < {lt}",
    "less_than_equal": "a value <= {le}",
    "string_too_short": "at least {min_length} character",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length} item",
    "too_long": "at most {max_length} items",
    "string_pattern_mismatch": "letters, digits, '.', '_' and '-', a letter or digit first",
    "literal_error": "{expected}",
}


@dataclass(frozen=True)
class Inspection:
    """What a document turned out to be: a spec if nothing is wrong, and all that was found."""

    spec: Spec | None
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        """What stops a run."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What does not."""
        return [problem for problem in self.problems if problem.severity == "warning"]


def validate(
    document: Document, warn: Callable[[Problem], None] | None = None, *, to_train: bool = True
) -> Spec:
    """Check a document against the language, its network's shapes, and for what cannot work.

    `warn` hears of what would work but is foolish. What cannot work is no mistake of a spec that
    has been trained already: see `inspect`.

    Raises:
        SpecError: it has mistakes; the error lists them all.
    """
    inspection = inspect(document, to_train=to_train)
    if inspection.spec is None:
        raise SpecError(inspection.errors)
    for problem in inspection.warnings if warn else []:
        assert warn
        warn(problem)
    return inspection.spec


def inspect(document: Document, *, to_train: bool = True) -> Inspection:
    """Find all problems of a document; a section with mistakes hides only what depends on it.

    Without `to_train`, the rules of `spec/semantics.py` are left out.
    """
    if not isinstance(document.data, dict):
        what = "an empty file" if document.data is None else received(document.data)
        message = f"expected a spec (name, model, ...), received {what}"
        return Inspection(None, [Problem(document.mark(()), "", message)])
    problems: list[Problem] = []
    try:
        spec = Spec.model_validate(document.data)
        sections: dict[str, Any] = {name: getattr(spec, name) for name in _CONNECTED}
    except ValidationError as error:
        spec = None
        lines = error.errors(include_url=False)
        problems += _without_consequences([_problem(document, line) for line in lines])
        sections = _sound_sections(document.data, {line["loc"][0] for line in lines})
    plan = None
    if sections["model"]:
        try:
            plan = plan_network(sections["model"].layers)
        except PlanError as error:
            path: Path = ("model", "layers", *error.path)
            mark = document.option_within(path[:2]) or document.mark(path, key=True)
            problems.append(Problem(mark, dotted(path), str(error)))
    for finding in findings(sections["data"], plan, sections["training"]) if to_train else ():
        mark = document.option_within(finding.path) or document.mark(finding.path)
        problems.append(
            Problem(mark, dotted(finding.path), finding.message, severity=finding.severity)
        )
    problems = in_order_of_the_file(problems)
    sound = all(problem.severity == "warning" for problem in problems)
    return Inspection(spec if sound else None, problems)


def _sound_sections(data: dict[str, Any], at_fault: set[str | int]) -> dict[str, Any]:
    """Of a spec with mistakes, the sections that have none; None for the others."""
    return {
        name: None if name in at_fault else section.model_validate(data.get(name, {}))
        for name, section in _CONNECTED.items()
    }


def _problem(document: Document, line: Any) -> Problem:  # a pydantic error
    path: Path = tuple(line["loc"])
    kind = line["type"]
    context = line.get("ctx", {})
    if kind in ("extra_forbidden", "unknown_key"):
        section = section_at(path[:-1])
        known = list(section.model_fields) if section else context.get("known", [])
        mark = document.mark(path, key=True)
        near = near_name(path[-1], known)
        expected = f"expected {listed(known)}" if known else f"{path[-2]} takes no arguments"
        message = "unknown key" if near else f"unknown key, {expected}"
        return Problem(mark, dotted(path), message, near)
    if kind == "unknown_name":
        item = line["input"]
        name = item if isinstance(item, str) else next(iter(item))
        mark = document.mark((*path, name), key=True)
        near = near_name(name, context["known"])
        unknown = f"{context['kind']} {name!r}"
        message = f"unknown {unknown}" + ("" if near else f", expected {listed(context['known'])}")
        if not near_name(name, context["known"], _MISSPELT):
            message += f"; {GIVE_CODE}"
        return Problem(mark, dotted(path), message, near, unknown=unknown)
    if kind == "missing":
        mark = document.mark(path[:-1], key=True)
        return Problem(mark, dotted(path[:-1]) or "spec", f"the key {path[-1]!r} is missing")
    value = _value_at(document.data, path, line["input"])
    mark = document.option_within(path) or document.mark(path)
    if kind in _EXPECTED:
        wanted = _EXPECTED[kind].format(**context)
        choices = re.findall(r"'([^']*)'", wanted) if kind == "literal_error" else []
        near = near_name(value, choices) if isinstance(value, str) else None
        if near and len(choices) > _MANY:
            return Problem(mark, dotted(path), f"unknown {path[-1]} {value!r}", near)
    elif kind == "expected":
        wanted, near = context["what"], None
    elif kind in ("value_error", "assertion_error"):  # raised by a plug-in's validator
        return Problem(mark, dotted(path), f"{context['error']}, received {received(value)}")
    else:
        wanted, near = line["msg"], None
    return Problem(mark, dotted(path), f"expected {wanted}, received {received(value)}", near)


def _without_consequences(problems: list[Problem]) -> list[Problem]:
    """Leave out "the key 'x' is missing" where a misspelt `x` is reported in the same mapping."""
    misspelt = {(p.path.rpartition(".")[0], p.near) for p in problems if p.near}
    return [
        problem
        for problem in problems
        if not any(
            problem.path == (parent or "spec") and problem.message == f"the key {near} is missing"
            for parent, near in misspelt
        )
    ]


def _value_at(data: Any, path: Path, fallback: Any) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return fallback
    return data
