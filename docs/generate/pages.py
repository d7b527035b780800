"""All pages of the reference."""

from docs.generate.commands import commands_page
from docs.generate.entries import entries_page, own_entries, registries
from docs.generate.environment import environment_page
from docs.generate.examples import Examples
from docs.generate.sections import spec_page
from docs.generate.words import page_of, plural

COMMAND = "python -m docs.generate"
NOTE = f"<!-- Written by `{COMMAND}`; do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """The text of every page by its file name."""
    examples = Examples()
    found = {
        "commands.md": commands_page(),
        "spec.md": spec_page(),
        "environment.md": environment_page(),
    }
    for registry in registries():
        found[page_of(registry.kind)] = entries_page(registry, examples)
    return {"README.md": NOTE + _index(), **{k: NOTE + text for k, text in found.items()}}


def _index() -> str:
    lines = [
        "# Reference",
        "",
        "- [Commands](commands.md) and their options",
        "- [The spec](spec.md): every section and key",
    ]
    for registry in registries():
        names = ", ".join(
            f"[{name}]({page_of(registry.kind)}#{name})" for name in own_entries(registry)
        )
        lines.append(f"- [{plural(registry.kind).capitalize()}]({page_of(registry.kind)}): {names}")
    lines.append("- [Environment variables](environment.md)")
    lines.append("- [Layers, callbacks and schedules of your own](../plugins.md)")
    return "\n".join(lines) + "\n"
