"""`--code`: files of the user's own, and what happens when something is wrong in them."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from click.testing import Result

from cifarcnn.runs.next_command import next_command
from cifarcnn.user_code.code_option import code_files, run_code_file
from tests.support.command import invoke

LAYER = """\
from cifarcnn.plugins import LAYERS, Count, Field, Layer, Shape, expected

print("being read")


@LAYERS.register("widen")
class Widen(Layer):
    by: Count = Field(2, description="factor")

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], shape[-1] * self.by)
"""

SPEC = """\
name: a
model:
  layers:
  - {item}
  - flatten
  - dense: {{units: 10}}
"""

pytestmark = pytest.mark.usefixtures("forgetting")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(LAYER)
    (tmp_path / "a.yaml").write_text(SPEC.format(item="widen: {by: 3}"))
    return tmp_path


def run(*args: str) -> Result:
    return invoke(args, env={"COLUMNS": "120"})


def describe(*args: str) -> Result:
    return run("describe", "a.yaml", *args)


def test_a_layer_from_a_file_is_described_like_any_other() -> None:
    result = describe("--code", "mine.py", "--json")
    assert result.exit_code == 0
    layers = json.loads(result.stdout)["layers"]  # what the file prints is not among it
    assert (layers[0]["name"], layers[0]["path"]) == ("widen_1", "model.layers[0].widen")
    assert (layers[0]["output_shape"], layers[0]["mflop"]) == ([32, 32, 9], 0.0)
    assert result.stderr == "being read\n"


def test_a_file_is_run_once_however_often_it_is_named(folder: Path) -> None:
    result = describe("--code", "mine.py", "--code", str(folder / "mine.py"))
    assert result.exit_code == 0
    assert result.stderr == "being read\n"
    assert [file.path for file in code_files()] == [Path("mine.py")]
    assert code_files()[0].sha256 == hashlib.sha256(LAYER.encode()).hexdigest()


def test_two_files_of_one_name_are_two_modules(folder: Path) -> None:
    other = folder / "other" / "mine.py"
    other.parent.mkdir()
    other.write_text(LAYER.replace("widen", "widen2"))
    result = describe("--code", "mine.py", "--code", str(other))
    assert result.exit_code == 0, result.stderr


def test_two_names_that_are_written_alike_are_two_modules(folder: Path) -> None:
    """A name that follows further down is looked up in the module when the layer is used."""
    text = LAYER.replace("by: Count", 'by: "Factor"')
    (folder / "my-layers.py").write_text(f"{text}\n\nFactor = Count\n")
    (folder / "my_layers.py").write_text("x = 1\n")
    (folder / "my_layers_2.py").write_text("x = 2\n")
    files = ["my-layers.py", "my_layers.py", "my_layers_2.py"]
    result = describe(*[word for file in files for word in ("--code", file)])
    assert result.exit_code == 0, result.stderr


def test_arguments_of_an_own_layer_are_checked_with_their_place() -> None:
    result = describe("--code", "mine.py", "--set", "model.layers[0].widen.by=no")
    assert result.exit_code == 2
    assert "model.layers[0].widen.by: expected an integer, received 'no'" in result.stderr
    Path("a.yaml").write_text(SPEC.format(item="widen: {bye: 3}"))
    result = describe("--code", "mine.py")
    assert (
        "a.yaml:4:13: model.layers[0].widen.bye: unknown key; did you mean 'by'?" in result.stderr
    )


def test_a_near_name_among_own_layers_is_found() -> None:
    Path("a.yaml").write_text(SPEC.format(item="widn: {by: 3}"))
    assert "unknown layer 'widn'; did you mean 'widen'?" in describe("--code", "mine.py").stderr


def test_an_unknown_layer_is_answered_with_the_option() -> None:
    own = "; if it is your own, give its file with --code"
    result = describe()
    assert result.exit_code == 2
    assert f"unknown layer 'widen'{own}; did you mean 'dense'?\n" in result.stderr
    result = describe("--set", "model.layers[0]=xyz")
    assert result.stderr.startswith(
        "error: --set model.layers[0]=xyz: model.layers[0]: unknown layer 'xyz', expected "
    )
    assert result.stderr.endswith(f"{own}\n")
    assert own not in describe("--set", "model.layers[0]=con2d").stderr


def test_commands_that_messages_name_have_the_code() -> None:
    run_code_file(Path("mine.py"))
    assert next_command("resume", Path("a run")) == "cifarcnn resume 'a run' --code mine.py"


@pytest.mark.parametrize("command", ["train", "resume", "evaluate", "describe"])
def test_every_command_that_needs_a_network_takes_code(command: str) -> None:
    result = run(command, "x", "--code", "absent.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: --code absent.py: there is no such file\n"


def test_help_runs_nothing() -> None:
    result = run("describe", "--code", "mine.py", "--help")
    assert result.exit_code == 0
    assert "--code FILE.py" in result.stdout
    assert result.stderr == ""


def problem(path: str = "mine.py") -> str:
    result = describe("--code", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") <= 2
    return result.stderr.removeprefix("being read\n")


@pytest.mark.parametrize("path", [".", "a.yaml", "mine.txt"])
def test_what_is_no_python_file_is_refused(path: str) -> None:
    assert problem(path) == f"error: --code {path}: expected a Python file, such as my_layers.py\n"


def test_a_folder_is_no_python_file(folder: Path) -> None:
    (folder / "x.py").mkdir()
    assert problem("x.py") == "error: --code x.py: Is a directory\n"


NULL_BYTES = ("mine.py: SyntaxError: source code string", "mine.py: ValueError: source code string")
"""As versions of Python say it."""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('print("being read")', "1 / 0", "mine.py:3: ZeroDivisionError: division by zero"),
        ('print("being read")', "def f(:", "mine.py:3: SyntaxError: invalid syntax"),
        (
            'print("being read")',
            "x = '\x00'",
            (
                "mine.py: SyntaxError: source code string ",
                "mine.py: ValueError: source code string ",
            ),
        ),
        ('print("being read")', "raise OSError", "mine.py:3: OSError\n"),
        ('print("being read")', "raise SystemExit(3)", "mine.py:3: SystemExit: 3"),
        ('print("being read")', "raise KeyError('a\\nb')", r"mine.py:3: KeyError: 'a\nb'"),
        (
            'print("being read")',
            "import absent",
            "mine.py:3: ModuleNotFoundError: No module named ",
        ),
        ("Count, Field", "Count, Feild", "mine.py:1: ImportError: cannot import name 'Feild'"),
        (
            "widen",
            "conv2d",
            "mine.py:6: layer 'conv2d' is already registered by cifarcnn.entries.layers.",
        ),
        ("widen", "2d", "mine.py:6: layer '2d': expected a name of letters, digits and _, a "),
        (
            "def output_shape",
            "def shape",
            "mine.py:6: layer 'widen': Widen needs the method output",
        ),
        ("(Layer)", "", "mine.py:6: layer 'widen': expected a class that inherits from Layer"),
        ("by: Count", "by", "mine.py:7: PydanticUserError: Field 'by' requires a type"),
        ("by: Count", "by: 'Cuont'", "the fields of layer 'widen' (cifarcnn_code_mine.Widen)"),
        ("by: Count", "by: object()", "the fields of layer 'widen' (cifarcnn_code_mine.Widen)"),
        ("shape[-1] * self.by", "shape[7]", "mine.py:11: IndexError: tuple index out of range"),
    ],
)
def test_a_mistake_in_a_file_is_one_line_with_its_place(
    folder: Path, old: str, new: str, message: str | tuple[str, ...]
) -> None:
    (folder / "mine.py").write_text(LAYER.replace(old, new))
    messages = (message,) if isinstance(message, str) else message
    assert problem().startswith(tuple(f"error: {message}" for message in messages))


def test_a_validator_of_ones_own_is_shown_as_it_speaks(folder: Path) -> None:
    check = """
    @field_validator("by")
    @classmethod
    def _odd(cls, value):
        if value % 2 == 0:
            raise ValueError("expected an odd number")
        return value
"""
    (folder / "mine.py").write_text("from pydantic import field_validator\n" + LAYER + check)
    result = describe("--code", "mine.py", "--set", "model.layers[0].widen.by=4")
    assert result.exit_code == 2
    assert "widen.by: expected an odd number, received 4 (an integer)\n" in result.stderr


def test_a_name_that_another_file_has_is_refused_naming_that_file(folder: Path) -> None:
    (folder / "second.py").write_text(LAYER)
    result = describe("--code", "mine.py", "--code", "second.py")
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "error: second.py:6: layer 'widen' is already registered by cifarcnn_code_mine.Widen "
        f"({folder / 'mine.py'})\n"
    )


def test_a_shape_error_of_an_own_layer_is_one_of_the_spec(folder: Path) -> None:
    refusing = "raise ShapeError('expects less')"
    text = LAYER.replace("return (*shape[:-1], shape[-1] * self.by)", refusing)
    (folder / "mine.py").write_text(text.replace("Shape, ", "Shape, ShapeError, "))
    result = describe("--code", "mine.py")
    assert result.exit_code == 2
    assert "error: a.yaml:4:5: model.layers[0].widen: expects less\n" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("output_shape", "return None", "output_shape() should give a tuple of integers > 0"),
        ("output_shape", "return (-1, 2, 3)", "output_shape() should give a tuple of integers > 0"),
        ("parameters", "return 5", "parameters() should give Parameters, but gives 5"),
        ("macs", "return 'x'", "macs() should give an integer, but gives 'x'"),
    ],
)
def test_arithmetic_that_means_nothing_is_refused(old: str, new: str, words: str) -> None:
    methods = {
        "output_shape": "return shape",
        "parameters": "return Parameters()",
        "macs": "return 0",
    } | {old: new}
    body = "".join(
        f"    def {name}(self, shape):\n        {code}\n" for name, code in methods.items()
    )
    Path("wrong.py").write_text(
        "from cifarcnn.plugins import LAYERS, Layer, Parameters\n"
        f"@LAYERS.register('wrong')\nclass Wrong(Layer):\n{body}"
    )
    Path("a.yaml").write_text(SPEC.format(item="wrong"))
    result = describe("--code", "wrong.py")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: the layer wrong: its {words}")


def test_a_pipe_is_no_python_file() -> None:
    os.mkfifo("pipe.py")
    assert "expected an ordinary file" in describe("--code", "pipe.py").stderr


def test_a_loop_of_links_is_no_python_file() -> None:
    Path("loop.py").symlink_to("loop.py")
    result = describe("--code", "loop.py")
    assert result.exit_code == 2
    assert result.stderr == "error: --code loop.py: Too many levels of symbolic links\n"
