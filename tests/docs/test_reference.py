"""docs/reference is what the program says about itself, and what it says is so."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import click
import pytest
from pydantic import Field, PlainValidator

from cifarcnn.cli import COMMANDS, command_line
from cifarcnn.entries.layers.arguments import Count, Pair
from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.entry_types import LAYERS, LOSSES, Layer, Loss
from cifarcnn.language.load import parse_spec
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.registry import Entry, ItemOf, Registry, expected
from cifarcnn.language.shapes import Shape
from cifarcnn.language.short_forms import SHORT_FORMS
from cifarcnn.runtime.environment import SWITCHES
from docs.generate.__main__ import main
from docs.generate.entries import entries_page, own_entries, registries
from docs.generate.environment import VARIABLES
from docs.generate.examples import Examples
from docs.generate.pages import COMMAND, NOTE, pages
from docs.generate.words import as_yaml, default_in_words, flow, page_of, type_in_words
from tests.support.paths import ROOT
from tests.support.run import run_cifarcnn

FOLDER = ROOT / "docs" / "reference"
PAGES = pages()
EXAMPLES = Examples()
ENTRIES = [(registry, name) for registry in registries() for name in own_entries(registry)]


def page(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_the_folder_holds_the_pages_and_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES), f"run `{COMMAND}`"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    if page(name) != PAGES[name]:
        pytest.fail(f"docs/reference/{name} is stale; run `{COMMAND}`", pytrace=False)


def test_pages_are_written_and_old_ones_go(tmp_path: Path) -> None:
    (tmp_path / "gadgets.md").write_text(f"{NOTE}# Gadgets\n")
    assert main([str(tmp_path)]) == f"{len(PAGES)} pages in {tmp_path}"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == PAGES
    (tmp_path / "mine.md").write_text("# Mine\n")
    with pytest.raises(SystemExit, match=r"mine.md is no page of the reference"):
        main([str(tmp_path)])
    assert (tmp_path / "mine.md").exists()


def test_stale_pages_are_named_and_left_alone(tmp_path: Path) -> None:
    main([str(tmp_path)])
    assert main(["--check", str(tmp_path)]) == f"{len(PAGES)} pages in {tmp_path} are up to date"
    (tmp_path / "layers.md").write_text(f"{NOTE}# Layers\n")
    (tmp_path / "gadgets.md").write_text(f"{NOTE}# Gadgets\n")
    (tmp_path / "losses.md").unlink()
    with pytest.raises(SystemExit) as raised:
        main(["--check", str(tmp_path)])
    stale = [tmp_path / f"{name}.md" for name in ("gadgets", "layers", "losses")]
    named = "".join(f"{path} is stale\n" for path in stale)
    assert str(raised.value) == f"{named}run `{COMMAND}`"
    assert (tmp_path / "gadgets.md").exists()
    assert not (tmp_path / "losses.md").exists()


@pytest.mark.parametrize(
    ("registry", "name"), ENTRIES, ids=[f"{registry.kind}-{name}" for registry, name in ENTRIES]
)
class TestEntries:
    def test_its_example_is_valid(self, registry: Registry[Any], name: str) -> None:
        text = section(page(page_of(registry.kind)), name)
        (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        data = read_yaml_text(block, "example").data
        item = data[0] if isinstance(data, list) else data
        if isinstance(item, dict) and name not in item:
            (item,) = item.values()  # under the key where it stands in a spec
        entry = registry.read(item)
        assert entry.entry_name == name

    def test_every_argument_is_explained(self, registry: Registry[Any], name: str) -> None:
        text = section(page(page_of(registry.kind)), name)
        rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
        fields = registry.entries()[name].model_fields
        assert [row[0] for row in rows] == list(fields)
        for argument, value, default, meaning in rows:
            assert value and default and meaning, argument
            assert "any value" not in value, argument

    def test_a_default_in_the_table_is_the_default(
        self, registry: Registry[Any], name: str
    ) -> None:
        example = EXAMPLES.of(registry, name).entry
        given = {key: as_yaml(getattr(example, key)) for key in example.model_fields_set}
        for key, field in type(example).model_fields.items():
            if field.is_required():
                assert default_in_words(field) == "required"
                continue
            shown = default_in_words(field).strip("`")
            value = read_yaml_text(shown, "default").data
            without = {k: v for k, v in given.items() if k != key}
            assert registry.read({name: without | {key: value}}) == registry.read({name: without})


def test_what_has_no_texts_of_its_own_comes_out_well() -> None:
    gadgets: Registry[Entry] = Registry("gadget")

    class Gadget(Entry):
        pass

    class Bare(Gadget):
        __module__ = "cifarcnn.gadgets"

    class WithFields(Gadget):
        __module__ = "cifarcnn.gadgets"
        sides: Pair
        share: Annotated[float, Field(gt=0, lt=1)] = 0.5

    gadgets.register("bare")(Bare)
    gadgets.register("with_fields")(WithFields)
    text = entries_page(gadgets, EXAMPLES)
    assert "\n## bare\n\n```yaml\nbare\n```\n\nNo arguments.\n" in text
    assert "```yaml\nwith_fields: {sides: 2}\n```" in text
    assert "| `share` | number > 0 and < 1 | `0.5` |  |" in text


def test_an_entry_without_an_example_says_what_to_do() -> None:
    gadgets: Registry[Entry] = Registry("gadget")

    def _never(value: Any) -> Any:
        raise expected("what nobody guesses")

    class Strange(Entry):
        __module__ = "cifarcnn.gadgets"
        thing: Annotated[int, PlainValidator(_never)]

    gadgets.register("strange")(Strange)
    with pytest.raises(LookupError, match=r"gadget strange: .* examples, such as Field\(examples="):
        entries_page(gadgets, EXAMPLES)


def test_entries_of_plugins_are_not_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Foreign(Layer):
        def output_shape(self, shape: Shape) -> Shape:
            return shape

    monkeypatch.setattr(LAYERS, "_entries", dict(LAYERS.entries()))
    LAYERS.register("foreign")(Foreign)
    assert "foreign" in LAYERS.entries()
    assert "foreign" not in own_entries(LAYERS)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_the_help_is_that_of_a_terminal_of_80_columns(name: str) -> None:
    result = run_cifarcnn(ROOT, *name.split(), "--help", COLUMNS="80")
    shown = result.stdout.replace("python -m cifarcnn", "cifarcnn")
    help_text = section(page("commands.md"), f"cifarcnn {name}".strip())
    assert help_text.strip() == f"```text\n{shown}```"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    command = command_line.get_command(click.Context(command_line), name)
    assert command is not None and command.help
    text = section(page("commands.md"), f"cifarcnn {name}")
    for parameter in command.params:
        for word in parameter.opts if isinstance(parameter, click.Option) else ():
            assert re.search(rf"^  .*{re.escape(word)}\b", text, re.MULTILINE), word
            assert isinstance(parameter, click.Option) and parameter.help


def test_every_environment_variable_is_listed() -> None:
    source = "".join(path.read_text() for path in (ROOT / "cifarcnn").rglob("*.py"))
    named = set(re.findall(r"\bCIFARCNN_[A-Z_]+\b", source))
    read = set(re.findall(r"environ(?:\.get)?[(\[]\"(\w+)\"", source))
    assert {"CIFARCNN_DATA_DIR", "XDG_CACHE_HOME"} <= named | read
    assert (named | read | set(SWITCHES)) - {"PYTHONPATH"} <= set(VARIABLES)
    for name in VARIABLES:
        assert name in source or name.removeprefix("CIFARCNN_").lower() in SHORT_FORMS
        assert f"`{name}`" in page("environment.md")


def test_every_section_and_key_of_the_spec_is_listed() -> None:
    text = page("spec.md")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    shortest, whole = (parse_spec(block, "spec.md") for block in blocks)
    assert shortest == whole
    rows = re.findall(r"^\| `([\w.]+)` \| (.+?) \| (.*?) \| (.+?) \|$", text, re.MULTILINE)
    listed = {row[0] for row in rows}
    for name, value in read_yaml_text(blocks[1], "spec.md").data.items():
        assert name in listed
        for key in value if isinstance(value, dict) else ():
            assert f"{name}.{key}" in listed


@pytest.mark.parametrize("path", [*FOLDER.glob("*.md"), ROOT / "docs" / "plugins.md"])
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([\w./]*)(?:#([\w-]+))?\)", path.read_text()):
        file = path.parent / target if target else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^## (.+)$", file.read_text(), re.MULTILINE)
            anchors = [h.lower().replace(".", "").replace(" ", "-") for h in headings]
            assert anchor in anchors, anchor


def _even(value: int) -> int:
    if value % 2:
        raise NotAcceptedError
    return value


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "integer"),
        (Count, "integer from 1 to 1,000,000"),
        (Annotated[int, Field(ge=2)], "integer ≥ 2"),
        (Annotated[float, Field(ge=0, lt=1)], "number ≥ 0 and < 1"),
        (Annotated[float, Field(ge=0, le=0.5)], "number from 0 to 0.5"),
        (Annotated[float, Field(gt=0)] | None, "number > 0 or `null`"),
        (bool, "`true` or `false`"),
        (Annotated[str, Field(max_length=9)], "string, at most 9 characters"),
        (Annotated[str, Field(min_length=1, max_length=1)], "string, 1 character"),
        (Literal["a", "b"], "`a` or `b`"),
        (Literal["a", "b"] | None, "`a`, `b` or `null`"),
        (list[Count], "list of: integer from 1 to 1,000,000"),
        (Annotated[list[int], Field(min_length=2)], "list of: integer, at least 2 items"),
        (tuple[int, int], "list of: integer"),
        (Pair, "an integer from 1 to 1024, or a list of two: [height, width]"),
        (Pair | None, "an integer from 1 to 1024, or a list of two: [height, width], or `null`"),
        (Annotated[int, Accepts(_even, "an even number")], "an even number"),
        (Annotated[Loss, ItemOf(LOSSES)], "a [loss](losses.md)"),
        (list[Annotated[Loss, ItemOf(LOSSES)]], "list of: a [loss](losses.md)"),
    ],
)
def test_a_type_in_words(annotation: Any, words: str) -> None:
    assert type_in_words(annotation) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ((3, 3), "3"),
        ((3, 4), "[3, 4]"),
        (((1, 1), (1, 1)), "1"),
        ([], "[]"),
        ("null", "'null'"),
        ("same", "same"),
        (1e-7, "1.0e-07"),
    ],
)
def test_a_value_as_yaml(value: Any, text: str) -> None:
    assert flow(as_yaml(value)) == text
