"""`cifarcnn check`, and the warnings of other commands, as a user types them."""

import json
import re
from pathlib import Path

import pytest
from click.testing import Result

from cifarcnn.language.reading.shipped import shipped_configs
from tests.support.command import invoke

GOOD = "name: a\nmodel:\n  layers:\n    - flatten\n    - dense: {units: 10}\n"
WRONG = GOOD.replace("units", "unist")
FOOLISH = f"{GOOD}data: {{limit: 60000}}\n"
WARNING = "data.limit: cifar10 has 50,000 training images, so this limits nothing"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", GOOD), ("wrong", WRONG), ("foolish", FOOLISH)):
        Path(f"{name}.yaml").write_text(text)


def run(*args: str, stdin: str | bytes | None = None) -> Result:
    return invoke(args, input=stdin)


def test_good_specs_are_named_one_in_a_line() -> None:
    result = run("check", "good.yaml", "basic")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "good.yaml: ok\nbasic: ok\n"


def test_each_problem_is_shown_with_its_place_and_the_other_files_are_still_checked() -> None:
    Path("bytes.yaml").write_bytes(b"name: \xff\n")
    Path("conflict.yaml").write_text("<<<<<<< ours\nname: a\n=======\nname: b\n>>>>>>> theirs\n")
    words = ["bytes.yaml", "missing.yaml", "conflict.yaml", ".", "wrong.yaml", "good.yaml"]
    result = run("check", *words)
    assert (result.exit_code, result.stderr) == (2, "")
    *most, last = shipped_configs()
    assert result.stdout == (
        "error: bytes.yaml:1:7: not UTF-8 text (byte 0xff); save it as UTF-8\n"
        "error: missing.yaml: there is no such file, and no shipped config "
        f"of that name (shipped: {', '.join(most)} and {last})\n"
        "error: conflict.yaml:1:1: an unresolved merge conflict: choose one side and remove the "
        "<<<<<<<, ======= and >>>>>>> lines\n"
        "  1 | <<<<<<< ours\n"
        "    | ^\n"
        "error: .: a folder; expected a YAML file\n"
        "error: wrong.yaml:5:15: model.layers[1].dense.unist: unknown key; did you mean 'units'?\n"
        "  5 |     - dense: {unist: 10}\n"
        "    |               ^\n"
        "good.yaml: ok\n"
    )


def test_a_warning_leaves_a_spec_good() -> None:
    result = run("check", "foolish.yaml")
    assert result.exit_code == 0
    assert result.stdout == (
        f"warning: foolish.yaml:6:15: {WARNING}\n"
        "  6 | data: {limit: 60000}\n"
        "    |               ^\n"
        "foolish.yaml: ok\n"
    )


def test_everything_is_one_json_object_for_editors() -> None:
    result = run("check", "foolish.yaml", "wrong.yaml", "good.yaml", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "ok": False,
        "files": [
            {"file": "foolish.yaml", "ok": True},
            {"file": "wrong.yaml", "ok": False},
            {"file": "good.yaml", "ok": True},
        ],
        "problems": [
            {
                "file": "foolish.yaml",
                "line": 6,
                "column": 15,
                "option": None,
                "path": "data.limit",
                "message": WARNING.partition(": ")[2],
                "near": None,
                "severity": "warning",
            },
            {
                "file": "wrong.yaml",
                "line": 5,
                "column": 15,
                "option": None,
                "path": "model.layers[1].dense.unist",
                "message": "unknown key",
                "near": "units",
                "severity": "error",
            },
        ],
    }


def test_a_value_set_on_the_command_line_is_checked_in_every_file() -> None:
    result = run("check", "good.yaml", "basic", "--set", "training.epochs=0")
    assert result.exit_code == 2
    message = "training.epochs: expected a value >= 1, received 0 (an integer)"
    assert result.stdout == "".join(
        f"error: {word}: --set training.epochs=0: {message}\n" for word in ("good.yaml", "basic")
    )
    data = json.loads(run("check", "basic", "--set", "training.epochs=0", "--json").stdout)
    (problem,) = data["problems"]
    assert (problem["file"], problem["option"]) == ("basic", "--set training.epochs=0")
    assert (problem["line"], problem["column"]) == (None, None)
    assert run("check", "good.yaml", "--set", "epochs").exit_code == 2


@pytest.mark.parametrize(
    ("text", "code", "start"),
    [
        (GOOD, 0, "<stdin>: ok\n"),
        (WRONG, 2, "error: <stdin>:5:15: model.layers[1].dense.unist: unknown key"),
        ("", 2, "error: <stdin>: expected a spec (name, model, ...), received an empty file"),
        (b"\xff", 2, "error: <stdin>:1:1: not UTF-8 text"),
        ("# " + "x" * 300_000, 2, "error: <stdin>: larger than 256 KiB"),
    ],
)
def test_a_spec_may_come_from_standard_input(text: str | bytes, code: int, start: str) -> None:
    result = run("check", "-", stdin=text)
    assert result.exit_code == code
    assert result.stdout.startswith(start)


def test_control_characters_are_shown_and_not_sent_to_the_terminal() -> None:
    Path("a.yaml").write_text(GOOD.replace("name: a", 'name: "\\e[31m"'))
    assert "\x1b" not in run("check", "a.yaml").stdout


def test_without_a_spec_there_is_nothing_to_check() -> None:
    result = run("check")
    assert result.exit_code == 2
    assert "Missing argument 'SPEC...'" in result.stderr


def test_a_training_begins_with_the_warnings() -> None:
    result = run("train", "foolish.yaml", "--data-dir", "nowhere")
    assert result.exit_code == 2
    first, second, *_ = result.stderr.splitlines()
    assert first == f"warning: foolish.yaml:6:15: {WARNING}"
    assert second.startswith("error: ") and "nowhere" in second


def test_other_commands_warn_on_standard_error_and_go_on() -> None:
    result = run("describe", "foolish.yaml")
    assert result.exit_code == 0
    assert result.stderr == f"warning: foolish.yaml:6:15: {WARNING}\n"
    assert result.stdout == run("describe", "good.yaml").stdout


def test_standard_input_is_read_once() -> None:
    result = run("check", "-", "-", stdin=GOOD)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("standard input (-) can be read only once\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89HDF\r\n\x1a\n\0\0", "not text but binary data; expected a YAML file"),
        ("name: a\n".encode("utf-16"), "not UTF-8 text (byte 0xff); save it as UTF-8"),
        ("name: a\n".encode("utf-16-le"), "not text but binary data; expected a YAML file"),
    ],
)
def test_a_file_that_is_no_text_is_told_so_in_one_line(content: bytes, message: str) -> None:
    Path("odd.yaml").write_bytes(content)
    result = run("check", "odd.yaml")
    assert result.exit_code == 2
    assert re.fullmatch(rf"error: odd\.yaml:\d:\d: {re.escape(message)}\n", result.stdout)


def test_every_command_names_a_place_in_the_same_words() -> None:
    place = "wrong.yaml:5:15: model.layers[1].dense.unist: unknown key; did you mean 'units'?\n"
    for words in (["check"], ["describe"], ["show"], ["train"], ["init", "new", "--from"]):
        result = run(*words, "wrong.yaml")
        assert result.exit_code == 2
        assert result.output.startswith(f"error: {place}")
    Path("over.yaml").write_text("extends: wrong.yaml\n")
    assert run("describe", "over.yaml").stderr.startswith(f"error: {place}")


def test_a_shipped_base_is_named_as_the_spec_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = shipped_configs()
    monkeypatch.setattr(
        "cifarcnn.language.reading.shipped.shipped_configs",
        lambda: shipped | {"broken": Path("wrong.yaml").resolve()},
    )
    Path("over.yaml").write_text("extends: broken\n")
    for command in ("check", "describe", "show"):
        assert run(command, "over.yaml").output.startswith("error: broken:5:15: model.layers[1]")
