"""What a run's record says about code, and what is done with it: nothing but comparing."""

import json
from pathlib import Path
from typing import Any

import pytest

from cifarcnn.errors import UserError
from cifarcnn.runs.user_code_record import require_user_code, user_code_record
from cifarcnn.user_code.code_option import run_code_file

pytestmark = pytest.mark.usefixtures("forgetting")


def compare(folder: Path, record: Any) -> list[str]:
    """The warnings of a comparison with a record."""
    (folder / "record.json").write_text(record if isinstance(record, str) else json.dumps(record))
    warnings: list[str] = []
    require_user_code(folder / "record.json", folder, warnings.append)
    return warnings


def test_the_code_of_a_run_is_asked_for_again(tmp_path: Path) -> None:
    code = tmp_path / "mine.py"
    code.write_text("x = 1\n")
    run_code_file(code)
    record = user_code_record()
    assert compare(tmp_path, record) == []
    record["code"][0]["sha256"] = "0" * 64
    assert compare(tmp_path, record) == [
        "mine.py is not what this run was trained with (SHA-256 000000000000...): the result may "
        "differ from an unbroken run"
    ]
    record["code"].append({"path": "/far/other.py", "sha256": "1" * 64})
    with pytest.raises(UserError) as error:
        compare(tmp_path, record)
    assert str(error.value) == (
        "this run was trained with --code /far/other.py (SHA-256 111111111111...); code is never "
        "taken from a run, so give it again\n"
        f"  cifarcnn resume {tmp_path} --code {code} --code /far/other.py"
    )


@pytest.mark.parametrize("path", ["layers.py", "{run}/more/../layers.py", "a\0b.py"])
def test_a_command_to_paste_names_no_code_that_came_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers.py").touch()
    stranger = {"path": path.format(run=tmp_path), "sha256": "3" * 64}
    mine = {"path": "/far/mine.py", "sha256": "4" * 64}
    with pytest.raises(UserError) as error:
        compare(tmp_path, {"code": [stranger, mine]})
    assert error.value.hint == (
        f"cifarcnn resume {tmp_path} --code /far/mine.py --code FILE   (FILE came with the run: "
        "read it before you run it)"
    )


def test_a_command_to_paste_names_no_loop_of_links(tmp_path: Path) -> None:
    run, loop = tmp_path / "run", tmp_path / "loop.py"
    run.mkdir()
    loop.symlink_to(loop)
    with pytest.raises(UserError) as error:
        compare(run, {"code": [{"path": str(loop), "sha256": "3" * 64}]})
    assert str(error.value.hint).startswith(f"cifarcnn resume {run} --code FILE ")


def test_a_record_without_end_is_not_read(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    rows = [{"path": "/far/mine.py", "sha256": "5" * 64}]
    record.write_text(json.dumps({"code": rows}))
    with pytest.raises(UserError, match="give it again"):
        require_user_code(record, tmp_path, pytest.fail)
    record.write_text(" " * 1024**2 + record.read_text())  # which is JSON as well
    require_user_code(record, tmp_path, pytest.fail)


def test_code_that_a_run_names_is_not_run(tmp_path: Path) -> None:
    code = tmp_path / "evil.py"
    code.write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'was_here')!r}).touch()\n")
    record = {
        "code": [{"path": str(code), "sha256": "2" * 64}],
        "plugins": [{"distribution": "evil", "version": "1", "module": "evil"}],
    }
    with pytest.raises(UserError, match="give it again"):
        compare(tmp_path, record)
    assert not (tmp_path / "was_here").exists()
    run_code_file(code)  # the user's own decision
    assert (tmp_path / "was_here").exists()


def test_a_plugin_that_is_gone_or_another_version_is_a_warning(tmp_path: Path) -> None:
    record = {"plugins": [{"distribution": "some-layers", "version": "1.2", "module": "layers"}]}
    assert compare(tmp_path, record) == [
        "this run was trained with the plug-in some-layers 1.2; it is not installed: the result "
        "may differ from an unbroken run"
    ]


@pytest.mark.parametrize(
    "record",
    ["", "[", "[]", "null", '{"code": 3}', '{"code": [3, {}, {"path": 1, "sha256": "x"}]}', "\x00"],
)
def test_a_damaged_record_says_nothing(tmp_path: Path, record: str) -> None:
    assert compare(tmp_path, record) == []


def test_a_run_without_a_record_goes_on(tmp_path: Path) -> None:
    require_user_code(tmp_path / "absent.json", tmp_path, pytest.fail)
