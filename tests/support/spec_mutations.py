"""Small mistakes for specs: random damage, and typos whose place is known."""

import random
from collections.abc import Callable
from typing import NamedTuple

from cifarcnn.language.marks import Document
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.reading.yaml_reader import read_yaml_file

DOCUMENTS: dict[str, Document] = {
    name: document
    for name, path in shipped_configs().items()
    if "extends" not in (document := read_yaml_file(path)).data  # a whole spec
}
CONFIGS = {name: shipped_configs()[name].read_bytes() for name in DOCUMENTS}

ENORMOUS = b"0x" + b"f" * 5000
STRANGE = [
    *(b"null", b"[]", b"{}", b"-1", b"0", b"1e400", ENORMOUS, b"'3'", b"true", b"on"),
    *(b".nan", b"[[1]]", b"{a: {b: c}}", b"flatten", b"*a", b"&a 1", b"!t 1", b"", b"9" * 400),
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
    return text[: chance.randrange(len(text) + 1)]


def swap_two_words(text: bytes, chance: random.Random) -> bytes:
    words = text.split(b" ")
    first, second = chance.randrange(len(words)), chance.randrange(len(words))
    words[first], words[second] = words[second], words[first]
    return b" ".join(words)


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [
    delete_a_line,
    duplicate_a_line,
    indent_a_line_otherwise,
    change_a_value,
    flip_bytes,
    cut_short,
    swap_two_words,
]


class Slip(NamedTuple):
    """A mistake with a known place."""

    text: bytes
    line: int
    meant: str
    """The key that was misspelt, or the value that was replaced."""
    typed: str


def misspell_a_key(chance: random.Random) -> Slip:
    """A letter left out, doubled, replaced, in the wrong case, or two of them swapped."""
    name = chance.choice(sorted(CONFIGS))
    path, mark = chance.choice(list(DOCUMENTS[name].keys.items()))
    key = str(path[-1])
    at = chance.randrange(len(key))
    typed = key
    while typed == key:
        typed = chance.choice(
            [
                key[:at] + key[at + 1 :],
                key[:at] + key[at] + key[at:],
                key[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz_") + key[at + 1 :],
                key[:at] + key[at : at + 2][::-1] + key[at + 2 :],
                key[:at] + key[at].upper() + key[at + 1 :],
                key.replace("_", "-"),
            ]
        )
    assert mark.line and mark.column
    return _replaced(name, mark.line, mark.column, key, typed)


OF_OTHER_TYPES = {
    str: ["3", "0.5", "true", "[1, 2]", "{a: 1}"],
    int: ["x", "'8'", "true", "[a]", "{a: 1}"],
    float: ["x", "'0.1'", "true", "[a]", "{a: 1}"],
}


def give_a_value_another_type(chance: random.Random) -> Slip:
    """A string where a number stands, a list where a name stands, and so on."""
    name = chance.choice(sorted(CONFIGS))
    document = DOCUMENTS[name]
    while True:
        path, mark = chance.choice(list(document.values.items()))
        value = document.data
        for part in path:
            value = value[part]
        if type(value) not in OF_OTHER_TYPES:
            continue
        assert mark.text and mark.line and mark.column
        if isinstance(value, str):
            old = value
        else:
            rest = mark.text[mark.column - 1 :]
            old = rest[: min((rest.find(c) for c in ",} #" if c in rest), default=len(rest))]
        return _replaced(
            name, mark.line, mark.column, old, chance.choice(OF_OTHER_TYPES[type(value)])
        )


def _replaced(name: str, line: int, column: int, old: str, new: str) -> Slip:
    lines = CONFIGS[name].decode().splitlines(keepends=True)
    text = lines[line - 1]
    assert text[column - 1 :].startswith(old), (name, line, column, old)
    lines[line - 1] = text[: column - 1] + new + text[column - 1 + len(old) :]
    return Slip("".join(lines).encode(), line, old, new)
