"""Shipped configs with small mistakes in them: each is refused in words, or is a spec."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cifarcnn.errors import UserError
from cifarcnn.spec.load import load_spec
from cifarcnn.spec.problems import SpecError
from cifarcnn.spec.shipped import shipped_configs
from cifarcnn.spec.yaml_reader import read_yaml_file

CONFIGS = [path.read_bytes() for path in shipped_configs().values()]
STRANGE = [
    *(b"null", b"[]", b"{}", b"-1", b"0", b"1e400", b"0x" + b"f" * 5000, b"'3'", b"true", b"on"),
    *(b".nan", b"[[1]]", b"{a: {b: c}}", b"flatten", b"*a", b"&a 1", b"!t 1", b"", b"9" * 400),
]
OF_LIBRARIES = [
    "Input should",
    "pydantic",
    "Value error",
    "Traceback",
    "String should",
    "List should",
]


def delete_a_line(text: bytes, chance: random.Random) -> bytes:
    lines = text.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def duplicate_a_line(text: bytes, chance: random.Random) -> bytes:
    lines = text.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"".join(lines)


def indent_a_line_otherwise(text: bytes, chance: random.Random) -> bytes:
    lines = text.splitlines(keepends=True)
    index = chance.randrange(len(lines))
    lines[index] = chance.choice([b"", b" ", b"   ", b"\t", b"        "]) + lines[index].lstrip()
    return b"".join(lines)


def change_a_value(text: bytes, chance: random.Random) -> bytes:
    colons = [i for i in range(len(text)) if text[i : i + 2] in (b": ", b":\n")]
    start = chance.choice(colons) + 1
    end = min(i for i in (text.find(mark, start) for mark in (b",", b"}", b"\n")) if i >= 0)
    return text[:start] + b" " + chance.choice(STRANGE) + text[end:]


def flip_bytes(text: bytes, chance: random.Random) -> bytes:
    changed = bytearray(text)
    for _ in range(chance.choice([1, 1, 2, 8])):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut_short(text: bytes, chance: random.Random) -> bytes:
    return text[: chance.randrange(len(text))]


def swap_two_words(text: bytes, chance: random.Random) -> bytes:
    words = text.split(b" ")
    first, second = chance.randrange(len(words)), chance.randrange(len(words))
    words[first], words[second] = words[second], words[first]
    return b" ".join(words)


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    delete_a_line,
    duplicate_a_line,
    indent_a_line_otherwise,
    change_a_value,
    flip_bytes,
    cut_short,
    swap_two_words,
]


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_damaged_spec_is_refused_in_our_words_or_is_a_spec(
    mutate: Callable[[bytes, random.Random], bytes], tmp_path: Path
) -> None:
    chance = random.Random(mutate.__name__)
    path = tmp_path / "a.yaml"
    refused = 0
    for _ in range(80):
        mutant = mutate(chance.choice(CONFIGS), chance)
        if chance.random() < 0.2:
            mutant = mutate(mutant, chance)
        path.write_bytes(mutant)
        try:
            load_spec(path)
        except UserError as error:
            refused += 1
            message = str(error)
            assert not any(word in message for word in OF_LIBRARIES), message
            assert str(path) in message
            if isinstance(error, SpecError):
                lines = mutant.decode("utf-8-sig").splitlines()
                for problem in error.problems:
                    assert problem.mark.text in (None, "", *lines)
    assert refused > 10


def keys() -> list[tuple[str, int, int, str]]:
    """Every key of every config: the config, its line and column, and the key."""
    return [
        (name, mark.line or 0, mark.column or 0, str(place[-1]))
        for name, path in shipped_configs().items()
        for place, mark in read_yaml_file(path).keys.items()
    ]


def test_a_misspelt_key_is_reported_at_its_place_with_the_key_that_was_meant(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.yaml"
    chance = random.Random(7)
    found = keys()
    assert len(found) > 300
    for name, line, column, key in chance.sample(found, 300):
        lines = shipped_configs()[name].read_text().splitlines()
        text = lines[line - 1]
        at = chance.randrange(len(key))
        misspelt = chance.choice([key[:at] + key[at + 1 :], key[:at] + "q" + key[at:]])
        lines[line - 1] = text[: column - 1] + misspelt + text[column - 1 + len(key) :]
        path.write_text("\n".join(lines))
        with pytest.raises(SpecError) as raised:
            load_spec(path)
        reported = [(p.mark.line, p.mark.column, p.near) for p in raised.value.problems]
        assert reported == [(line, column, repr(key))], (name, misspelt)
