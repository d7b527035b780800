"""A page for each registry: layers, callbacks, and whatever other kinds there are."""

import inspect
import re
from typing import Any, get_args, get_origin

from cifarcnn.language import entry_types as kinds
from cifarcnn.language.entry_types import Callback, Layer
from cifarcnn.language.plan.network_plan import show_shape
from cifarcnn.language.registry import Entry, ItemOf, Registry
from cifarcnn.language.schema import Spec
from docs.generate.examples import Example, Examples, works_on
from docs.generate.markdown import first_line, table
from docs.generate.words import default_in_words, field_type, flow, plural

_INTRODUCTION = {
    "layer": "Arguments and defaults are those of Keras where `keras.layers` has the layer. "
    "Shapes are of one image, without the batch. MFLOP are of one forward pass over one image: "
    "two per multiply-accumulate.",
    "loss": "Losses work on logits, also where the network ends with a softmax.",
    "optimizer": "Arguments and defaults are those of Keras where `keras.optimizers` has it.",
    "schedule": "A schedule stands where an optimizer takes a learning rate. Its steps are steps "
    "of the optimizer (batches), not epochs.",
    "augmentation": "Every image of an epoch is changed by its own draw, which depends on the "
    "seed, the epoch and the place in the list alone. Images to validate on are never changed.",
    "weight averaging": "The averaged weights, with batch normalization's statistics, are what is "
    "validated, scored and saved; the training itself goes on from the last step's.",
    "callback": "What a callback does is shown beside the epoch after which it acts.",
}
_KEY_OF_PLACELESS = {"schedule": "learning_rate"}
_FLAT = (128,)
_LONG_LIST = re.compile(r"(`[\w-]+`(, | or )?){10,}")


def registries() -> list[Registry[Any]]:
    """All kinds of named things."""
    return [value for value in vars(kinds).values() if isinstance(value, Registry)]


def own_entries(registry: Registry[Any]) -> dict[str, type[Entry]]:
    """The entries of the package, without those of plug-ins."""
    return {
        name: entry
        for name, entry in registry.entries().items()
        if entry.__module__.partition(".")[0] == "cifarcnn"
    }


def entries_page(registry: Registry[Any], examples: Examples) -> str:
    """The page of one registry."""
    entries = own_entries(registry)
    place = _place(registry, Spec)
    parts = [f"# {plural(registry.kind).capitalize()}"]
    if place:
        parts.append(f"In a spec: `{place[0]}`{', a list' if place[1] else ''}.")
    if registry.kind in _INTRODUCTION:
        parts.append(_INTRODUCTION[registry.kind])
    parts.append(", ".join(f"[{name}](#{name})" for name in entries))
    long_lists: dict[str, str] = {}
    for name, entry in entries.items():
        example = examples.of(registry, name)
        parts += [f"## {name}", inspect.cleandoc(entry.__doc__ or ""), _yaml(registry, example)]
        parts += [_arguments(entry, long_lists), _facts(example)]
    for names, heading in long_lists.items():
        parts += [f"## {heading}", names]
    return "\n\n".join(part for part in parts if part) + "\n"


def _place(registry: Registry[Any], model: Any, path: str = "") -> tuple[str, bool] | None:
    """Where the spec holds items of a registry, and whether in a list."""
    for name, field in model.model_fields.items():
        if any(isinstance(i, ItemOf) and i.registry is registry for i in field.metadata):
            return f"{path}{name}", False
        for inner in get_args(field.annotation):
            items = getattr(inner, "__metadata__", ())
            if any(isinstance(i, ItemOf) and i.registry is registry for i in items):
                return f"{path}{name}", get_origin(field.annotation) is list
        if hasattr(field.annotation, "model_fields"):
            found = _place(registry, field.annotation, f"{path}{name}.")
            if found:
                return found
    return None


def _yaml(registry: Registry[Any], example: Example) -> str:
    """The example as it stands in a spec."""
    item = example.item
    place = _place(registry, Spec)
    key = place[0].rpartition(".")[2] if place else _KEY_OF_PLACELESS.get(registry.kind, "")
    if place and place[1]:
        text = _item(item)
        line = f"- {text}"
    elif key:
        line = f"{key}: {flow(item)}"
    else:
        line = _item(item)
    return f"```yaml\n{line}\n```"


def _item(item: Any) -> str:
    if isinstance(item, str):
        return item
    ((name, arguments),) = item.items()
    return f"{name}: {flow(arguments)}"


def _arguments(entry: type[Entry], long_lists: dict[str, str]) -> str:
    rows = []
    for name, field in entry.model_fields.items():
        words = _shortened(field_type(field), name, long_lists)
        rows.append((f"`{name}`", words, default_in_words(field), field.description or ""))
    return table(("argument", "value", "default", "meaning"), rows) if rows else "No arguments."


def _shortened(words: str, argument: str, long_lists: dict[str, str]) -> str:
    """The words with a link instead of a long list of names, which is written once a page."""
    long_list = _LONG_LIST.search(words)
    if not long_list:
        return words
    names = re.findall("`[^`]+`", long_list[0])
    null = " or `null`" if names[-1] == "`null`" else ""
    text = ", ".join(name for name in names if name != "`null`")
    heading = long_lists.setdefault(text, f"Values of {argument}")
    link = f"[one of these](#{heading.lower().replace(' ', '-')}){null}"
    return words.replace(long_list[0], link)


def _facts(example: Example) -> str:
    """What else follows from an entry's methods."""
    entry = example.entry
    if isinstance(entry, Layer):
        return _layer_facts(entry, example)
    if isinstance(entry, Callback) and entry.state_fields:
        names = ", ".join(f"`{name}`" for name in entry.state_fields)
        return f"Kept for `cifarcnn resume`: {names}."
    return ""


def _layer_facts(layer: Layer, example: Example) -> str:
    lines = []
    for word, method in (
        ("Output shape", "output_shape"),
        ("Parameters", "parameters"),
        ("Multiply-accumulates", "macs"),
    ):
        described = getattr(type(layer), method)
        if described is not getattr(Layer, method) and described.__doc__:
            lines.append(f"- {word}: {first_line(described.__doc__)}")
    shape = works_on(layer, (example.shape, _FLAT))
    if shape:
        made = f"- The example: {show_shape(shape)} → {show_shape(layer.output_shape(shape))}"
        if count := layer.parameters(shape).total:
            made += f", {count:,} parameters"
        if macs := layer.macs(shape):
            made += f", {2 * macs / 1e6:.3g} MFLOP"
        lines.append(f"{made}.")
    return "\n".join(lines)
