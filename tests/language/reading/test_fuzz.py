"""Shipped configs with small mistakes in them: each is refused in words, or is a spec.

10,000 of them in all, the same ones each time: 7,000 damaged, 1,500 with a misspelt key and 1,500
with a value of another type.
"""

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from cifarcnn.errors import UserError
from cifarcnn.language.checking.validate import validate
from cifarcnn.language.load import load_spec
from cifarcnn.language.problems import SpecError
from cifarcnn.language.reading.yaml_reader import read_yaml_stream, read_yaml_text
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.json_schema import language_schema
from tests.support.run import Cifarcnn
from tests.support.spec_mutations import (
    CONFIGS,
    DAMAGES,
    ENORMOUS,
    Slip,
    give_a_value_another_type,
    misspell_a_key,
)

DAMAGED_OF_EACH_KIND = 1_000
SLIPS = 1_500

OF_LIBRARIES = [
    "Input should",
    "pydantic",
    "Value error",
    "Traceback",
    "String should",
    "List should",
]

Damage = Callable[[bytes, random.Random], bytes]


SOURCE = "a.yaml"


def load(text: bytes) -> Spec:
    return validate(read_yaml_stream(io.BytesIO(text), SOURCE))


def damaged(damage: Damage, count: int) -> list[bytes]:
    chance = random.Random(damage.__name__)
    mutants = []
    for _ in range(count):
        mutant = damage(chance.choice([*CONFIGS.values()]), chance)
        if chance.random() < 0.2:
            mutant = damage(mutant, chance)
        mutants.append(mutant)
    return mutants


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_spec_is_refused_in_our_words_or_is_a_spec(damage: Damage) -> None:
    refused = 0
    for mutant in damaged(damage, DAMAGED_OF_EACH_KIND):
        try:
            load(mutant)
        except UserError as error:
            refused += 1
            message = str(error)
            assert not any(word in message for word in OF_LIBRARIES), message
            assert SOURCE in message
            if isinstance(error, SpecError):
                lines = mutant.decode("utf-8-sig", errors="replace").splitlines()
                for problem in error.problems:
                    assert problem.mark.text in (None, "", *lines)
    assert refused > DAMAGED_OF_EACH_KIND / 8


@pytest.mark.parametrize("slip", [misspell_a_key, give_a_value_another_type])
def test_a_slip_is_reported_on_its_line(
    slip: Callable[[random.Random], Slip], record_property: Callable[..., None]
) -> None:
    chance = random.Random(slip.__name__)
    on_its_line = only_there = refused = 0
    for _ in range(SLIPS):
        mutant = slip(chance)
        try:
            load(mutant.text)
        except SpecError as error:
            lines = [problem.mark.line for problem in error.problems]
            refused += 1
            on_its_line += mutant.line in lines
            only_there += set(lines) == {mutant.line}
    rate, strict = on_its_line / refused, only_there / refused
    record_property("rate", rate)
    print(
        f"{slip.__name__}: {refused} of {SLIPS} refused, {rate:.2%} on the line of the slip, "
        f"{strict:.2%} there alone"
    )
    assert refused >= 0.99 * SLIPS
    assert rate >= 0.99
    assert strict >= 0.99


def test_a_misspelt_key_is_answered_with_the_key_that_was_meant() -> None:
    chance = random.Random(7)
    meant = 0
    for _ in range(300):
        mutant = misspell_a_key(chance)
        with pytest.raises(SpecError) as raised:
            load(mutant.text)
        meant += raised.value.problems[0].near == repr(mutant.meant)
    assert meant >= 297


def test_the_command_answers_as_the_functions_do(tmp_path: Path, cifarcnn: Cifarcnn) -> None:
    chance = random.Random(11)
    mutants = [mutant for damage in DAMAGES for mutant in damaged(damage, 20)]
    mutants += [misspell_a_key(chance).text for _ in range(20)]
    expected: dict[str, Any] = {}
    for number, mutant in enumerate(mutants):
        name = f"{number}.yaml"
        path = tmp_path / name
        path.write_bytes(mutant)
        try:
            load_spec(path)
            expected[name] = []
        except SpecError as error:
            expected[name] = [p.as_data(str(path)) | {"file": name} for p in error.problems]
        except UserError as error:
            expected[name] = error.message
    result = cifarcnn("check", *expected, "--json")
    assert (result.returncode, result.stderr) == (2, "")
    data = json.loads(result.stdout)
    assert {file["file"]: file["ok"] for file in data["files"]} == {
        name: not problems for name, problems in expected.items()
    }
    for name, problems in expected.items():
        errors = [p for p in data["problems"] if (p["file"], p["severity"]) == (name, "error")]
        assert errors == problems, name


VALIDATOR = Draft202012Validator(language_schema())

BEYOND_A_SCHEMA = {
    "expected": "depends on several values, or on what a path or template means",
    "int_type": "1.0 is an integer to JSON Schema",
    "int_from_float": "1.0 is an integer to JSON Schema",
    "finite_number": "JSON has no infinity",
    "literal_error": "JSON Schema takes 1 and 1.0 for the same",
}
"""Kinds of errors that the schema may miss, and why."""


def test_the_json_schema_agrees_with_validation(record_property: Callable[..., None]) -> None:
    chance = random.Random(13)
    mutants = [mutant for damage in DAMAGES for mutant in damaged(damage, 100)]
    mutants += [misspell_a_key(chance).text for _ in range(150)]
    mutants += [give_a_value_another_type(chance).text for _ in range(150)]
    valid = refused = missed = 0
    for mutant in mutants:
        try:
            data = read_yaml_text(mutant.decode("utf-8-sig"), "mutant").data
        except (SpecError, UnicodeDecodeError):
            continue
        if not isinstance(data, dict) or ENORMOUS in mutant:
            continue  # the validator cannot print the latter
        accepted = VALIDATOR.is_valid(data)
        try:
            Spec.model_validate(data)
        except ValidationError as error:
            refused += 1
            kinds = {line["type"] for line in error.errors(include_url=False)}
            missed += accepted
            assert not accepted or kinds <= set(BEYOND_A_SCHEMA), (kinds, mutant)
        else:
            valid += 1
            assert accepted, mutant
    record_property("missed", missed)
    print(f"{valid} valid and {refused} refused; the schema misses {missed} of the refused")
    assert valid > 100 and refused > 300
    assert missed < 0.02 * refused
