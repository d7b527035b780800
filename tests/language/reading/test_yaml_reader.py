"""YAML as specs use it: scalars, marks, and what is refused.

Everything is read with libyaml, and with PyYAML's own parser for builds that lack libyaml.
"""

import math
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from cifarcnn.errors import UserError
from cifarcnn.language.marks import Document, dotted
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.reading.yaml_reader import (
    MAX_BYTES,
    MAX_DEPTH,
    read_yaml_file,
    read_yaml_text,
)


@pytest.fixture(autouse=True, params=["libyaml", "pure Python"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not hasattr(yaml, "CSafeLoader"):
        pytest.skip("this PyYAML was built without libyaml")


def read(text: str) -> Any:
    return read_yaml_text(text, "a.yaml").data


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(SpecError) as raised:
        read_yaml_text(text, "a.yaml")
    return raised.value.problems


def problem_of(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 0.0001),
        ("1E3", 1000.0),
        ("+1.5e+3", 1500.0),
        ("-.5", -0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("0.0", 0.0),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("012", 12),
        ("-012", -12),
        ("0o17", 15),
        ("0x1f", 31),
        ("0X1F", "0X1F"),
        ("-0x1f", "-0x1f"),
        ("0b101", "0b101"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1e", "1e"),
        ("e5", "e5"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        (".inf", math.inf),
        ("+.Inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("~", None),
        ("", None),
        ("nULL", "nULL"),
        ("2024-01-31", "2024-01-31"),
        ("'1'", "1"),
        ('"1e-4"', "1e-4"),
        ("'null'", "null"),
        ("''", ""),
        ('"true"', "true"),
        ('"a\\tb\\u00e9"', "a\tbé"),
        ("|\n    012\n", "012\n"),
        (">-\n    two\n    lines", "two lines"),
        ("a b # c", "a b"),
        ("a#b", "a#b"),
        ("=", "="),
        ("<<", "<<"),
        ("9" * 300, int("9" * 300)),
    ],
)
def test_a_scalar_is_read_by_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    (found,) = read(f"key: {text}\n").values()
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_read() -> None:
    assert [math.isnan(value) for value in read("[.nan, .NaN, .NAN]")] == [True] * 3


@pytest.mark.parametrize("key", ["1", "on", "null", "1e-4", "true", "~"])
def test_every_key_is_a_name(key: str) -> None:
    assert read(f"{key}: 1") == {key: 1}


def test_mappings_lists_and_flow_forms_are_plain_data() -> None:
    text = "a: {b: [1, two, {c: null}], d: {}}\ne:\n- x\n- - y\n- z: 1\n  w: 2\n"
    assert read(text) == {
        "a": {"b": [1, "two", {"c": None}], "d": {}},
        "e": ["x", ["y"], {"z": 1, "w": 2}],
    }


def test_the_order_of_keys_is_kept() -> None:
    assert list(read("b: 1\na: 2\nc: 3\n")) == ["b", "a", "c"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "# läßt sich lesen ✓\n\n", "---\n"])
@pytest.mark.parametrize(
    "text",
    [
        "name: a\nmodel:\n  layers:\n  - conv2d: {filters: 32, kernel_size: [3, 5]}\n  - flatten\n",
        "ключ: {é: 'ü', 名前: [ß, 🙂, x]}\nnext: 🙂 # 🙂\nlist:\n- ñ: 1\n- 'ñ'\n",
        "\"quoted key\": 'quoted'\n'b':   \"two\"\nc: |\n  block\nd: last\n",
    ],
)
def test_each_mark_points_at_its_key_or_value(
    text: str, start: str, newline: str, tmp_path: Path
) -> None:
    whole = (start + text).replace("\n", newline)
    path = tmp_path / "a.yaml"
    path.write_bytes(whole.encode())
    document = read_yaml_file(path, "a.yaml")
    lines = whole.removeprefix("\ufeff").split(newline)

    assert document.keys
    for place, mark in document.keys.items():
        assert mark.line is not None
        assert mark.column is not None
        assert mark.text == lines[mark.line - 1]
        assert mark.text[mark.column - 1 :].lstrip("'\"").startswith(str(place[-1]))
    for place, mark in document.values.items():
        assert mark.line is not None
        assert mark.column is not None
        value = value_at(document, place)
        opening = mark.text[mark.column - 1 :] if mark.text else ""
        if isinstance(value, str):
            assert opening.lstrip("'\"").startswith(value) or opening.startswith("|")
        elif isinstance(value, int):
            assert opening.startswith(str(value))
        elif opening.startswith(("[", "{")):
            assert isinstance(value, list if opening[0] == "[" else dict)


def value_at(document: Document, path: tuple[str | int, ...]) -> Any:
    value = document.data
    for part in path:
        value = value[part]
    return value


def test_a_mark_of_what_the_file_does_not_hold_is_the_nearest_around_it() -> None:
    document = read_yaml_text("a:\n  b: {c: 1}\n", "a.yaml")
    assert str(document.mark(("a", "b", "c"))) == "a.yaml:2:10"
    assert str(document.mark(("a", "b", "c"), key=True)) == "a.yaml:2:7"
    assert str(document.mark(("a", "b", "x", 3))) == "a.yaml:2:6"
    assert str(document.mark(("x",))) == "a.yaml:1:1"


REFUSED = [
    # text, line, column, path, words of the message
    ("a: 1\nb: 2\na: 3\n", 3, 1, "a", "given before, on line 1"),
    ("a:\n  b: 2\n  b: 2\n", 3, 3, "a.b", "given before, on line 2"),
    ("a: {x: 1, 'x': 1}\n", 1, 11, "a.x", "given before, on line 1"),
    ("a: &x 1\n", 1, 4, "a", "anchors and aliases"),
    ("a: 1\nb: *a\n", 2, 4, "b", "anchors and aliases"),
    ("&x a: 1\n", 1, 1, "", "anchors and aliases"),
    ("a: {<<: *b}\n", 1, 9, "a.<<", "anchors and aliases"),
    ("a: !!str 1\n", 1, 4, "a", "the tag tag:yaml.org,2002:str is not part of the language"),
    ("a: !mine {b: 1}\n", 1, 4, "a", "the tag !mine"),
    ("- !!python/object/apply:os.system ['true']\n", 1, 3, "[0]", "python/object/apply:os.system"),
    ("? [a]\n: 1\n", 1, 3, "", "expected a name as key"),
    ("{{a: 1}: 2}\n", 1, 2, "", "expected a name as key"),
    ("a: 1\n---\nb: 1\n", 2, 1, "", "one document, found a second"),
    ("a: 1\n...\n---\nb: 1\n", 3, 1, "", "one document, found a second"),
    ("a: 1\n<<<<<<< ours\nb: 1\n", 2, 1, "", "merge conflict"),
    ("a:\n  b: 1\n=======\n  b: 2\n", 3, 1, "", "merge conflict"),
    ("a: 1\n>>>>>>> theirs\n", 2, 1, "", "merge conflict"),
    ("a: 1\r\nb: 1\r\n<<<<<<< ours\r\n", 3, 1, "", "merge conflict"),
    ("a: 1\nb: x\0y\n", 2, 5, "", "U+0000"),
    ("a: é\x1b[31m\n", 1, 5, "", "U+001B"),
    ("a: \udcff\n", 1, 4, "", "U+DCFF"),
    ("a: " + "1" * 301, 1, 4, "a", "301 digits"),
    ("a:\n\tb: 1\n", 2, 1, "", "not valid YAML"),
    ("a: 'x\n", None, None, "", "not valid YAML"),
    ("a: [1, 2\nb: 3\n", None, None, "", "not valid YAML"),
    ("a: 1\n b: 2\n", 2, 3, "", "not valid YAML"),
    ("a: b: c\n", 1, 5, "", "not valid YAML"),
    ("a: @x\n", 1, 4, "", "not valid YAML"),
    ("a: %x\n", 1, 4, "", "not valid YAML"),
    ("a: `x`\n", 1, 4, "", "not valid YAML"),
    ("%YAML 9.9\n---\na: 1\n", 1, None, "", "not valid YAML"),
    ('a: "\\q"\n', 1, None, "", "not valid YAML"),
]


@pytest.mark.parametrize(("text", "line", "column", "path", "words"), REFUSED)
def test_what_is_refused_is_named_at_its_place(
    text: str, line: int | None, column: int | None, path: str, words: str
) -> None:
    problem = problem_of(text)
    assert words in problem.message
    assert problem.path == path
    assert problem.mark.source == "a.yaml"
    assert problem.mark.line is not None
    if line is not None:
        assert problem.mark.line == line
    if column is not None:
        assert problem.mark.column == column


def test_each_merge_conflict_of_a_file_is_reported() -> None:
    side = "<<<<<<< ours\na: 1\n=======\r\na: 2\n>>>>>>> theirs\n"
    assert [p.mark.line for p in problems_of(f"{side}b: 3\n{side}")] == [1, 7]
    assert problem_of("a: 1\r\n=======\r\n").mark.line == 2


def test_all_duplicate_keys_are_reported_at_once() -> None:
    problems = problems_of("a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n")
    assert [(p.path, p.mark.line) for p in problems] == [("a", 2), ("b.c", 3), ("a", 4)]


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert problem_of(bomb).mark.line == 1


def test_nesting_is_allowed_to_its_limit_and_refused_beyond() -> None:
    fits = MAX_DEPTH - 1
    assert read("[" * fits + "]" * fits) is not None
    assert "nested deeper" in problem_of("[" * (fits + 2) + "]" * (fits + 2)).message
    assert "nested deeper" in problem_of("{a: " * (fits + 2) + "}" * (fits + 2)).message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{? ["])
def test_a_file_full_of_openings_is_refused_without_recursion(opening: str) -> None:
    with pytest.raises(SpecError):
        read(opening * (MAX_BYTES // len(opening) // 4))


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n"])
def test_an_empty_file_holds_nothing(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["a: 1\n...\n", "--- \na: 1", "%YAML 1.2\n---\na: 1\n"])
def test_one_document_may_be_marked_as_such(text: str) -> None:
    assert read(text) == {"a": 1}


def test_what_looks_like_a_merge_conflict_inside_a_text_is_not_one() -> None:
    assert read("a: |\n  <<<<<<< x\n  =======\n") == {"a": "<<<<<<< x\n=======\n"}
    assert read("a: ======== # x\n") == {"a": "========"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.yaml"


def refusal_of(path: Path) -> str:
    with pytest.raises(UserError) as raised:
        read_yaml_file(path, "a.yaml")
    return raised.value.message


def test_the_path_is_the_name_of_the_source_by_default(path: Path) -> None:
    path.write_text("a: *b")
    with pytest.raises(SpecError) as raised:
        read_yaml_file(path)
    assert str(raised.value).startswith(f"{path}:1:4: a: ")


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_refused(path: Path) -> None:
    text = "a: 1\n# "
    path.write_text(text + "x" * (MAX_BYTES - len(text)))
    assert read_yaml_file(path).data == {"a": 1}
    path.write_text(text + "x" * (MAX_BYTES - len(text) + 1))
    assert refusal_of(path) == "a.yaml: larger than 256 KiB; a spec is a small file"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: \xff\n", "a.yaml:2:4: not UTF-8 text (byte 0xff); save it as UTF-8"),
        (b"a: 1\r\n\r\nb: caf\xe9\n", "a.yaml:3:7: not UTF-8 text (byte 0xe9); save it as UTF-8"),
        ("a: 1\n".encode("utf-16"), "a.yaml:1:1: not UTF-8 text (byte 0xff); save it as UTF-8"),
        (b"a: \xed\xa0\x80\n", "a.yaml:1:4: not UTF-8 text (byte 0xed); save it as UTF-8"),
        (b"\x89HDF\r\n\x1a\n", "a.yaml:1:1: not UTF-8 text (byte 0x89); save it as UTF-8"),
    ],
)
def test_what_is_not_utf_8_is_refused_with_its_line(
    path: Path, content: bytes, message: str
) -> None:
    path.write_bytes(content)
    assert refusal_of(path) == message


def test_a_missing_file_a_folder_and_a_device_are_refused(path: Path) -> None:
    assert refusal_of(path) == "a.yaml: cannot be read: No such file or directory"
    path.mkdir()
    assert refusal_of(path) == "a.yaml: a folder; expected a YAML file"
    assert refusal_of(path / "b") == "a.yaml: cannot be read: No such file or directory"
    assert refusal_of(Path(os.devnull)) == "a.yaml: not a regular file; expected a YAML file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.timeout(10)
def test_a_named_pipe_is_refused_without_waiting_for_a_writer(path: Path) -> None:
    os.mkfifo(path)
    assert refusal_of(path) == "a.yaml: not a regular file; expected a YAML file"


def test_a_file_that_may_not_be_read_is_refused_with_the_reason(path: Path) -> None:
    path.write_text("a: 1")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert refusal_of(path) == "a.yaml: cannot be read: Permission denied"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc here")
def test_a_file_that_fails_while_it_is_read_is_refused_with_the_reason() -> None:
    assert refusal_of(Path("/proc/self/mem")) == "a.yaml: cannot be read: Input/output error"


def test_a_link_that_leads_nowhere_is_refused(path: Path) -> None:
    path.symlink_to(path.with_name("missing"))
    assert refusal_of(path) == "a.yaml: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("name",), "name"),
        (("model", "layers", 3, "conv2d", "filters"), "model.layers[3].conv2d.filters"),
        ((0, "a", 1, 2), "[0].a[1][2]"),
    ],
)
def test_a_path_is_written_as_on_the_command_line(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text
