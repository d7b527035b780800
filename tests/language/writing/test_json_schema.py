"""The JSON schema says what validation says, of each value on its own."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cifarcnn.language import entry_types as kinds
from cifarcnn.language.checking.validate import inspect
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.reading.yaml_reader import read_yaml_file, read_yaml_text
from cifarcnn.language.registry import Registry
from cifarcnn.language.shapes import Shape
from cifarcnn.language.writing.json_schema import language_schema
from tests.support.command import invoke
from tests.support.paths import ROOT

CONFIGS = ROOT / "configs"
SCHEMA = language_schema()
VALIDATOR = Draft202012Validator(SCHEMA)

MODEL = "name: a\nmodel:\n  layers:\n    - flatten\n    - dense: {units: 10}\n"


def test_it_is_a_schema_of_the_2020_12_draft() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_committed_schema_is_that_of_the_language() -> None:
    committed = json.loads((CONFIGS / "schema.json").read_text(encoding="utf-8"))
    assert committed == SCHEMA, "stale; run: cifarcnn schema --output configs/schema.json"


def test_the_command_writes_what_it_prints(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    written = invoke(["schema", "--output", str(path)])
    assert (written.exit_code, written.output) == (0, "")
    printed = invoke(["schema"]).stdout
    assert path.read_text(encoding="utf-8") == printed
    assert path.read_bytes() == (CONFIGS / "schema.json").read_bytes()


@pytest.mark.parametrize("path", shipped_configs().values(), ids=lambda path: path.stem)
def test_a_shipped_config_names_the_schema_and_is_valid(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert match and (path.parent / match[1]).is_file()
    VALIDATOR.validate(read_yaml_file(path).data)


def mappings(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in the schema that describes a value."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for value in node if isinstance(node, list) else []:
        yield from mappings(value)


def test_every_object_is_closed_and_every_reference_leads_somewhere() -> None:
    objects = references = 0
    values = {key: value for key, value in SCHEMA.items() if key != "else"}  # about null alone
    for node in mappings(values):
        if node.get("type") == "object":
            objects += 1
            assert node["additionalProperties"] is False
        if "$ref" in node:
            references += 1
            assert node["$ref"].removeprefix("#/$defs/") in SCHEMA["$defs"]
    assert objects > 30 and references > 30


REGISTRIES = [value for value in vars(kinds).values() if isinstance(value, Registry)]
ENTRIES = [
    (registry, name, entry) for registry in REGISTRIES for name, entry in registry.entries().items()
]


@pytest.mark.parametrize(
    ("registry", "name", "entry"), ENTRIES, ids=[f"{r.kind}.{n}" for r, n, _ in ENTRIES]
)
def test_every_argument_of_every_entry_is_described_with_its_type_and_default(
    registry: Registry[Any], name: str, entry: Any
) -> None:
    properties = SCHEMA["$defs"][f"{registry.kind.replace(' ', '_')}.{name}"].get("properties", {})
    assert set(properties) == set(entry.model_fields)
    for key, field in entry.model_fields.items():
        assert properties[key]["description"] == field.description
        assert {"type", "anyOf", "$ref", "enum", "const"} & set(properties[key]), (
            f"{key}: give its type Accepts(..., json_schema), since its validator says nothing"
        )
        if not field.is_required() and not field.default_factory:
            assert properties[key]["default"] == json.loads(json.dumps(field.default))


def test_a_new_entry_is_in_it_without_further_work(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = dict(kinds.LAYERS.entries())
    monkeypatch.setattr(kinds.LAYERS, "_entries", entries)

    @kinds.LAYERS.register("twice")
    class Twice(kinds.Layer):
        """Everything twice."""

        times: int = 2

        def output_shape(self, shape: Shape) -> Shape:
            return shape

    validator = Draft202012Validator(language_schema())
    for item, valid in (
        ("twice", True),
        ("twice: {times: 3}", True),
        ("twice:", True),
        ("twice: {time: 3}", False),
        ("twice: {times: x}", False),
    ):
        data = read_yaml_text(MODEL.replace("- flatten", f"- {item}"), "test").data
        assert validator.is_valid(data) is valid, item


ITEMS = [
    # an item among the layers, and whether it is one
    ("flatten", True),
    ("flatten:", True),
    ("flatten: {}", True),
    ("dropout", False),
    ("dropout:", False),
    ("dropout: {rate: 0.2}", True),
    ("{dropout: {rate: 0.2}, flatten: }", False),
    ("{}", False),
    ("3", False),
    ("flaten", False),
    ("conv2d: {filters: 3, kernel_size: [3, 5]}", True),
    ("conv2d: {filters: 3, kernel_size: [3]}", False),
    ("conv2d: {filters: 0, kernel_size: 3}", False),
    ("conv2d: {filters: 3, kernel_size: 3, activation: rleu}", False),
    ("conv2d: {filters: 3, kernel_size: 3, activation: null}", True),
    ("zero_padding2d: {padding: [[0, 1], 2]}", True),
    ("zero_padding2d: {padding: [0, 1, 2]}", False),
    ("rescaling: {scale: [1, 2, 3]}", True),
    ("rescaling: {scale: x}", False),
]


@pytest.mark.parametrize(("item", "valid"), ITEMS)
def test_an_item_is_a_bare_name_or_one_key(item: str, valid: bool) -> None:
    data = read_yaml_text(MODEL.replace("- flatten", f"- {item}"), "test").data
    assert VALIDATOR.is_valid(data) is valid


LINES = [
    ("data: {validation: test}", True),
    ("data: {validation: 0.5}", True),
    ("data: {validation: 1.5}", False),
    ("data: {validation: train}", False),
    ("runtime: {device: 'gpu:0,1'}", True),
    ("runtime: {device: GPU}", True),
    ("runtime: {device: 1}", True),
    ("runtime: {device: tpu}", False),
    ("training: {optimizer: {adam: {learning_rate: 0.1}}}", True),
    ("training: {optimizer: {adam: {learning_rate: 0}}}", False),
    ("training: {optimizer: {adam: {learning_rate: fast}}}", False),
    ("training: {optimizer: {adam: {learning_rate: {cosine_decay: {}}}}}", False),
    ("training: {optimizer: {adam: {learning_rate: {triangular: {peak_learning_rate: 1}}}}}", True),
    ("training: {callbacks: [terminate_on_nan, {early_stopping: {patience: 3}}]}", True),
    ("training: {callbacks: [{early_stopping: {monitor: acc}}]}", False),
    ("training: {optimizer: adam, loss: categorical_crossentropy}", True),
    ("seeds: 3", False),
]


BEYOND_A_SCHEMA = [
    # what the schema cannot see: values that contradict each other, meanings, and JSON's own rules
    "training: {optimizer: {adam: {clipnorm: 1, clipvalue: 1}}}",
    "training: {callbacks: [{csv_logger: {filename: ../log.csv}}]}",
    "training: {callbacks: [csv_logger, csv_logger]}",
    "data: {limit: 20}",
    "training: {batch_size: 32.0}",
    "training: {optimizer: {adam: {clipnorm: .inf}}}",
]


@pytest.mark.parametrize("line", BEYOND_A_SCHEMA)
def test_what_depends_on_more_than_one_value_is_left_to_check(line: str) -> None:
    document = read_yaml_text(f"{MODEL}{line}\n", "test")
    assert VALIDATOR.is_valid(document.data)
    assert inspect(document).errors


@pytest.mark.parametrize(("line", "valid"), LINES)
def test_a_line_is_valid_where_validation_says_so(line: str, valid: bool) -> None:
    assert VALIDATOR.is_valid(read_yaml_text(f"{MODEL}{line}\n", "test").data) is valid
