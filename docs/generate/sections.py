"""The page of the spec: every section and key."""

from typing import Any

from pydantic import BaseModel

from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from docs.generate.markdown import table
from docs.generate.words import default_in_words, field_type

_SHORTEST = """\
name: shortest
model:
  layers:
    - flatten
    - dense: {units: 10}
"""


def spec_page() -> str:
    """The sections of a spec, and what the shortest one stands for."""
    return (
        "\n\n".join(
            [
                "# The spec",
                "A spec is a YAML file (YAML 1.2 numbers, so `1e-4` is one; no key twice, no "
                "aliases, no tags). A layer, callback, optimizer, schedule or loss is a name, or "
                "one name with its arguments: `flatten`, `dropout: {rate: 0.2}`. Unknown keys are "
                "errors.",
                *_section(Spec, ""),
                "## Every default",
                f"The shortest spec\n\n```yaml\n{_SHORTEST}```",
                f"stands for\n\n```yaml\n{spec_to_yaml(parse_spec(_SHORTEST, 'shortest'))}```",
            ]
        )
        + "\n"
    )


def _section(model: type[BaseModel], path: str) -> list[str]:
    inner: list[tuple[str, Any]] = []
    rows = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and not field.metadata:
            inner.append((f"{path}{name}", kind))
            words = f"the section [{path}{name}](#{path.replace('.', '')}{name})"
            rows.append((f"`{path}{name}`", words, "", field.description or ""))
        else:
            default = default_in_words(field)
            rows.append((f"`{path}{name}`", field_type(field), default, field.description or ""))
    heading = path.removesuffix(".") or "At the top"
    parts = [f"## {heading}", table(("key", "value", "default", "meaning"), rows)]
    for name, section in inner:
        parts += _section(section, f"{name}.")
    return parts
