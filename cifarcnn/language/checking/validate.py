"""From plain data to a `Spec`, with every problem found on the way."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from cifarcnn.language.advice import in_braces, keys_in_words, leading_name, number_meant
from cifarcnn.language.checking.findings import findings
from cifarcnn.language.entry_types import REGISTRIES
from cifarcnn.language.marks import Document, Path, dotted
from cifarcnn.language.plan.network_plan import PlanError, plan_network
from cifarcnn.language.problems import (
    Problem,
    SpecError,
    in_order_of_the_file,
    listed,
    near_name,
    received,
    with_article,
)
from cifarcnn.language.reading.overrides import item_name
from cifarcnn.language.reading.yaml_reader import scalar
from cifarcnn.language.schema import DataSpec, ModelSpec, Spec, TrainingSpec
from cifarcnn.language.schema_paths import registry_at, section_at

_CONNECTED: dict[str, type[BaseModel]] = {
    "data": DataSpec,
    "model": ModelSpec,
    "training": TrainingSpec,
}
"""The sections that can contradict each other, or themselves."""

_SECTIONS = {name: section for name in Spec.model_fields if (section := section_at((name,)))}

_NUMBERS = ("int_type", "int_from_float", "float_type")

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
    "list_type": "a list: each item after a dash, or all in [brackets]",
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

    Without `to_train`, the rules of `checking/rules/` are left out.
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
        return _unknown_key(document, path, context)
    if kind == "unknown_name":
        return _unknown_name(document, path, line["input"], context)
    if kind == "missing" or _is_unset(document.data, path):
        return _missing_key(document, path, context)
    value = _value_at(document.data, path, line["input"])
    mark = document.option_within(path) or document.mark(path)
    near = None
    if kind == "literal_error" and isinstance(value, str):
        choices = re.findall(r"'([^']*)'", context["expected"])
        near = near_name(value, choices)
        if near and len(choices) > _MANY:
            return Problem(mark, dotted(path), f"unknown {path[-1]} {value!r}", near)
    elif kind in _NUMBERS and isinstance(value, str):
        near = number_meant(value)
    elif kind in ("value_error", "assertion_error"):  # raised by a plug-in's validator
        return Problem(mark, dotted(path), f"{context['error']}, received {_received(value)}")
    wanted = _wanted(path, kind, context) or line["msg"]
    return Problem(mark, dotted(path), f"expected {wanted}, received {_received(value)}", near)


def _wanted(path: Path, kind: str, context: dict[str, Any]) -> str | None:
    """What pydantic would have taken in our words; None if we have none for it."""
    if kind == "expected":
        return str(context["what"])
    if kind not in _EXPECTED:
        return None
    section = section_at(path)
    return _EXPECTED[kind].format(**context) + (f" {keys_in_words(section)}" if section else "")


def _missing_key(document: Document, path: Path, context: dict[str, Any]) -> Problem:
    """A key that is required, or whose default does not go with the other keys."""
    *place, key = path
    message = f"the key {key!r} is missing"
    if "what" in context:
        message += f"; expected {context['what']}"
    elif place and _value_at(document.data, tuple(place[:-1]), None) == place[-1]:  # a bare name
        message += f", as in {place[-1]}: {in_braces({str(key): None})}"
    return Problem(document.mark(tuple(place), key=True), dotted(place) or "spec", message)


def _unknown_key(document: Document, path: Path, context: dict[str, Any]) -> Problem:
    key = str(path[-1])
    section = section_at(path[:-1])
    known = list(section.model_fields) if section else context.get("known", [])
    near = near_name(leading_name(key) or key, known)
    if near and leading_name(key):
        message = f"expected a key, a colon and a space, received {key!r}"
    elif near:
        message = "unknown key"
    elif home := _home_of(key, document.data):
        message = f"unknown key here; it belongs in {home}"
    else:
        expected = f"expected {listed(known)}" if known else f"{path[-2]} takes no arguments"
        message = f"unknown key, {expected}"
    return Problem(document.mark(path, key=True), dotted(path), message, near)


def _home_of(key: str, data: Any) -> str | None:
    """Where a key would be known: in a section, or among the arguments of an item of one."""
    if key in Spec.model_fields:
        return "the spec itself"
    for name, section in _SECTIONS.items():
        if key in section.model_fields:
            return name
    for name, section in _SECTIONS.items():
        for field_name, field in section.model_fields.items():
            registry = registry_at((name, field_name))
            if registry is None:
                continue
            given = _value_at(data, (name, field_name), None)
            default = field.get_default(call_default_factory=True)
            item = item_name(given) or getattr(default, "entry_name", None)
            entry = registry.entries().get(item) if item else None
            if entry and key in entry.model_fields:
                return f"{name}.{field_name}.{item}"
    return None


def _unknown_name(document: Document, path: Path, item: Any, context: dict[str, Any]) -> Problem:
    name = item if isinstance(item, str) else next(iter(item))
    kind, known = context["kind"], context["known"]
    mark = document.mark((*path, name), key=True)
    begins = leading_name(name)
    near = near_name(begins or name, known)
    unknown = f"{kind} {name!r}"
    if near and begins:
        message = (
            f"expected {with_article(kind)} as name or as name: {{key: value}}, received {name!r}"
        )
        return Problem(mark, dotted(path), message, near, unknown=unknown)
    message = f"unknown {unknown}" + ("" if near else f", expected {listed(known)}")
    if other := _kind_of(name):
        message = f"{name!r} is no {kind} but {with_article(other)}"
    elif not near_name(name, known, _MISSPELT):
        message += f"; {GIVE_CODE}"
    return Problem(mark, dotted(path), message, near, unknown=unknown)


def _kind_of(name: str) -> str | None:
    """Of which kind there is an entry of this name."""
    return next((r.kind for r in REGISTRIES if name in r.entries()), None)


def _is_unset(data: Any, path: Path) -> bool:
    """Whether a key, which something is wrong with, is not there; its default is at fault."""
    for part in path[:-1]:
        # a bare name is an item without arguments
        data = {} if data == part else _value_at(data, (part,), None)
    return isinstance(data, dict | None) and path[-1] not in (data or {})


def _received(value: Any) -> str:
    """What came; a text that would be no text without its quotes is told so."""
    bare = scalar(value) if isinstance(value, str) else None
    if bare is None or isinstance(bare, str):
        return received(value)
    return received(value).removesuffix(")") + ", by its quotes)"


def _without_consequences(problems: list[Problem]) -> list[Problem]:
    """Leave out "the key 'x' is missing" where a misspelt `x` is reported in the same mapping."""
    misspelt = {(p.path.rpartition(".")[0], p.near) for p in problems if p.near}
    return [
        problem
        for problem in problems
        if not any(
            problem.path == (parent or "spec")
            and problem.message.startswith(f"the key {near} is missing")
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
