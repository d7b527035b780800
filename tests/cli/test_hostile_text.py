"""Text from files and from the command line never reaches the terminal as control characters."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from cifarcnn.cli.text.output import fitting_table
from cifarcnn.display import terminal
from cifarcnn.display.console import CleanConsole
from cifarcnn.display.progress import LiveProgress, PlainProgress, QuietProgress
from cifarcnn.runs.history import EpochRow
from cifarcnn.training.progress import Header
from tests.support.command import invoke
from tests.support.fake_runs import write_run

HOSTILE = "a\x1b[31mb\x9b2Jc\u202ed\u2066e\x07f\rg\x1b]0;title\x07h[bold]i:snake:"
"""ESC and C1 sequences, bidi controls, BEL, CR, and what rich would take for markup."""
NEWLINE = f"{HOSTILE}\nwarning: forged"

SPEC = """\
name: tiny
description: "DESCRIPTION"
data: {dataset: demo, limit: 600}
model:
  layers:
    - flatten
    - dense: {units: 10}
"""

OTHER_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory with specs whose names and content are hostile, and with a run."""
    monkeypatch.chdir(tmp_path)
    escaped = NEWLINE.encode("unicode_escape").decode().replace('"', '\\"')
    Path("described.yaml").write_text(SPEC.replace("DESCRIPTION", escaped))
    Path(f"{NEWLINE}.yaml").write_text(SPEC)
    Path(f"wrong {HOSTILE}.yaml").write_text(SPEC + f'training: {{"{escaped}": 1}}\n')
    write_run(Path(HOSTILE))
    write_run(Path(NEWLINE))
    write_run(Path("good"))
    Path("reference.csv").write_text(
        f"config,epoch,loss,accuracy,val_loss,val_accuracy\n{HOSTILE},1,1,1,1,1\n", newline="\n"
    )


COMMANDS = [
    ["check", f"{NEWLINE}.yaml", "described.yaml"],
    ["check", f"wrong {HOSTILE}.yaml"],
    ["check", "good", "--set", HOSTILE],
    ["check", NEWLINE],
    ["describe", "described.yaml"],
    ["describe", "described.yaml", "--diff", f"{NEWLINE}.yaml"],
    ["describe", f"wrong {HOSTILE}.yaml"],
    ["describe", "basic", "--set", f"name={HOSTILE}"],
    ["describe", "basic", HOSTILE],
    ["show", "described.yaml"],
    ["show", f"{NEWLINE}.yaml", "--origin", "--set", f"description={HOSTILE}"],
    ["init", HOSTILE],
    ["init", "new", "--output", f"new {HOSTILE}.yaml"],
    ["init", "new", "--from", f"wrong {HOSTILE}.yaml"],
    ["compare", "good", HOSTILE],
    ["compare", NEWLINE, "good", "--plot", f"{HOSTILE}.png"],
    ["compare", "good", "--reference", "reference.csv"],
    ["compare", "good", "--reference", "reference.csv", "--reference-config", HOSTILE],
    ["compare", "good", "good", "--plot", f"{HOSTILE}.txt"],
    ["report", NEWLINE],
    ["resume", HOSTILE],
    ["resume", "good", "--epochs", HOSTILE],
    ["train", f"wrong {HOSTILE}.yaml"],
    ["train", "basic", "--resume", HOSTILE],
    ["repeat", "basic", "--seeds", HOSTILE],
    ["evaluate", f"{HOSTILE}.h5"],
    ["predict", f"{HOSTILE}.h5", HOSTILE],
    ["export", f"{HOSTILE}.h5", "--format", HOSTILE],
    [HOSTILE],
    [f"--{HOSTILE}"],
]


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: "-".join(words[:1]))
def test_no_command_sends_control_characters(arguments: list[str], json: list[str]) -> None:
    result = invoke([*arguments, *json], env={"COLUMNS": "100"})
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    assert result.output
    assert all(character.isprintable() or character == "\n" for character in result.output)


def test_a_line_break_in_a_name_forges_no_line() -> None:
    for arguments in (
        ["check", f"{NEWLINE}.yaml"],
        ["report", NEWLINE],
        ["compare", NEWLINE, "good"],
    ):
        result = invoke(arguments)
        assert result.exit_code == 0, result.output
        assert not any(line.startswith("warning: forged") for line in result.output.splitlines())


def test_say_and_warn_and_json_show_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say(NEWLINE, dim=NEWLINE, bold=True)
    terminal.warn(NEWLINE)
    terminal.print_json({NEWLINE: NEWLINE})
    out, err = capsys.readouterr()
    assert all(character.isprintable() or character == "\n" for character in out + err)
    assert err.count("\n") == 1 and out.count("\n") == 4
    terminal.say("one\ntwo\x1b", keep="\n")
    assert capsys.readouterr().out == "one\ntwo\\x1b\n"


def on_a_console(*renderables: object) -> str:
    file = StringIO()
    console = CleanConsole(file=file, force_terminal=True, color_system="truecolor", width=400)
    for renderable in renderables:
        console.print(renderable)
    return file.getvalue()


def test_strings_texts_and_cells_are_cleaned_in_their_styles() -> None:
    table = Table(HOSTILE)
    table.add_row(NEWLINE)
    table.add_row(Text(NEWLINE, "bold"))
    fitting = fitting_table([(HOSTILE, "left"), ("n", "right")], [(NEWLINE, HOSTILE)], ())
    for renderable in (HOSTILE, NEWLINE, Text(NEWLINE, "red"), table, fitting):
        shown = re.sub(r"\x1b\[[\d;]*m", "", on_a_console(renderable))
        assert r"a\x1b[31mb\x9b2Jc\u202ed\u2066e" in shown
        assert "[bold]i:snake:" in shown  # no markup
        assert not OTHER_CONTROLS.search(shown)
        assert not re.search("^ *warning", shown, re.MULTILINE)
    styled = on_a_console(Text.assemble(("red\x1b", "red"), "plain"))
    assert styled.startswith("\x1b[31mred")


@pytest.mark.parametrize("kind", [QuietProgress, PlainProgress, LiveProgress])
def test_progress_is_cleaned(
    kind: type[QuietProgress], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    progress = kind()
    progress.waiting(HOSTILE)
    progress.started(Header((("spec", NEWLINE),), 3, 100))
    progress.epoch_started(1)
    progress.waiting(NEWLINE)
    progress.epoch_ended(EpochRow(1, 2.0, 0.3, 1.4, 0.5, 0.001, 1.0), best=True, events=[NEWLINE])
    progress.warning(NEWLINE)
    if download := progress.download():
        download.start(10, NEWLINE)
        download.finish()
    progress.closed()
    out, err = capsys.readouterr()
    shown = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", err)
    assert not out and not OTHER_CONTROLS.search(shown.replace("\r", ""))
    assert "warning: a\\x1b" in shown and "\nwarning: forged" not in shown
