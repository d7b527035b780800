"""Run directories from strangers: `resume` follows no link out of them and believes no state."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from cifarcnn.errors import UserError
from cifarcnn.files.digest import named_arrays_digest
from cifarcnn.language.load import parse_spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.history import EpochRow
from cifarcnn.runs.record import record_switch
from cifarcnn.runs.summary import Summary, summary_data, write_summary
from cifarcnn.training import state as state_module
from cifarcnn.training.resume import _written_summary
from cifarcnn.training.state import StateStore, TrainingState
from tests.support.command import invoke
from tests.support.hostile_arrays import DAMAGED, EVIL
from tests.support.mutations import mutated
from tests.support.specs import TINY

ROW = EpochRow(1, 1.0, 0.1, 1.0, 0.1, 0.1, 1.0)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that looks like that of a finished run of one epoch."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # a busy disk takes its time
    monkeypatch.setattr(state_module, "_LARGEST_META", 1_000_000)
    run = tmp_path / "run"
    run.mkdir()
    spec = parse_spec(TINY.replace("epochs: 3", "epochs: 1"), "tiny.yaml")
    (run / "spec.yaml").write_text(spec_to_yaml(spec))
    state = TrainingState(spec_to_yaml(spec), "sha", {"keras": "3"}, [ROW], [], None, 1.0)
    state.variables = [np.ones((5, 4), np.float32), np.zeros(2, np.uint32)]
    state.callbacks = []
    StateStore(run / "state").save(state)
    summary = Summary(
        "tiny", "demo", 0.25, 3, "CPU", 10, 0.1, 1, None, [], ROW, ROW, 1, 2.3, 0.1, 100, 1.0,
        "checkpoint.h5", "0" * 64,
    )  # fmt: skip
    write_summary(run / "summary.json", summary)
    (run / "record.json").write_text("{}")
    (run / "checkpoint.h5").write_bytes(b"of no interest here")
    return run


def resume(run: Path, *options: str) -> Result:
    return invoke(["resume", str(run), *options])


def refused(run: Path, reason: str) -> None:
    """`resume` refuses the run in one clear message that sends nothing strange to the terminal."""
    result = resume(run)
    assert result.exit_code == 2, result.output
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    assert reason in result.stderr, result.stderr
    assert all(c.isprintable() or c == "\n" for c in result.output)


def test_the_unharmed_run_is_taken(run: Path) -> None:
    result = resume(run)
    assert (result.exit_code, result.exception) == (0, None)
    assert "test accuracy" in result.stdout and "nothing is left to do" in result.stderr


PLACES = [
    "state", "state/epoch-000001.npz", "spec.yaml", "record.json", "history.csv", "summary.json",
    "checkpoint.h5", "predictions.npz", "curves.png", ".lock", "log.csv", "best/epoch-1.h5",
    ".spec.1.tmp.yaml",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["link", "dangling", "loop"])
def test_a_link_that_leads_out_is_refused(run: Path, place: str, kind: str) -> None:
    """In every place where a run reads or writes; what it points to is neither read nor changed."""
    path, outside = run / place, run.parent / "outside"
    if place == "state":
        (run / "state").rename(outside)
    elif path.exists():
        path.rename(outside)
    else:
        path.parent.mkdir(exist_ok=True)
        outside.write_text("secret")
    target = {"link": outside, "dangling": run.parent / "nothing", "loop": path}[kind]
    path.symlink_to(target)
    before = {p: p.read_bytes() for p in run.parent.rglob("*") if p.is_file()}
    if kind != "link" and place == "state":
        refused(run, "holds no state of a training")
    else:
        refused(run, "is a link that leads out of the run")
    assert {p: p.read_bytes() for p in run.parent.rglob("*") if p.is_file()} == before


def test_pipes_are_refused_and_links_inside_are_not(run: Path) -> None:
    (run / "newest.json").symlink_to("summary.json")
    assert resume(run).exit_code == 0
    os.mkfifo(run / "history.csv")
    refused(run, "is neither a file nor a folder")


def test_temporary_files_are_made_and_never_followed(run: Path) -> None:
    from cifarcnn.files.atomic import write_text

    outside = run.parent / "outside"
    outside.write_text("secret")
    (run / f".new.{os.getpid()}.tmp.txt").symlink_to(outside)
    (run / "new.txt").symlink_to(outside)
    write_text(run / "new.txt", "content")
    assert outside.read_text() == "secret"
    assert (run / "new.txt").read_text() == "content" and not (run / "new.txt").is_symlink()


def test_what_killed_processes_left_is_removed(run: Path) -> None:
    (run / "state" / ".epoch-000002.4711.tmp.npz").write_bytes(b"half")
    (run / ".summary.4711.tmp.json").write_bytes(b"half")
    (run / ".mine.json").write_bytes(b"a user's file")
    assert resume(run).exit_code == 0
    assert sorted(p.name for p in run.rglob(".*")) == [".lock", ".mine.json"]


def test_a_checkpoint_that_is_a_link_out_of_its_run_is_refused(run: Path) -> None:
    outside = run.parent / "mine.h5"
    (run / "checkpoint.h5").unlink()
    outside.write_bytes(b"\x89HDF\r\n\x1a\n")
    (run / "checkpoint.h5").symlink_to(outside)
    result = invoke(["evaluate", str(run / "checkpoint.h5")])
    assert result.exit_code == 2 and "is a link that leads out of the run" in result.stderr


Change = Callable[[dict[str, Any], dict[str, np.ndarray]], None]


def meta(**values: Any) -> Change:
    return lambda meta, arrays: meta.update(values)


def row(**values: Any) -> Change:
    return lambda meta, arrays: meta["rows"][0].update(values)


def array(name: str, value: np.ndarray) -> Change:
    return lambda meta, arrays: arrays.__setitem__(name, value)


FORGED: dict[str, tuple[Change, str]] = {
    "another format": (meta(format=EVIL), f"expected {state_module.FORMAT}"),
    "a spec that is none": (meta(spec="name: [" + EVIL), "damaged"),
    "a spec that is a list": (meta(spec=["x"]), "spec: Input should be a valid string"),
    "a spec with a tag": (meta(spec="!!python/object/apply:os.system [x]"), "damaged"),
    "versions that are a list": (meta(versions=["x"]), "versions"),
    "rows that are text": (meta(rows=[EVIL]), "rows[0]"),
    "a loss that is text": (row(loss=EVIL), "rows[0].loss"),
    "a loss that is infinite": (row(loss=float("inf")), "not finite"),
    "a loss of 1e999": (row(loss=10**400), "rows[0].loss"),
    "an epoch that is not the first": (row(epoch=7), "not counted from 1"),
    "a row with another column": (row(**{EVIL: 1}), "which its spec has not|damaged|"),
    "events that are numbers": (meta(events=[1]), "events[0]"),
    "events that are deep": (meta(events=[{"event": [[1]]}]), "events[0].event"),
    "stopped that is a number": (meta(stopped=5), "stopped"),
    "stopped before it began": (meta(stopped="x", rows=[]), "stopped before it began"),
    "seconds that are text": (meta(seconds=EVIL), "seconds"),
    "callbacks that are a number": (meta(callbacks=3), "callbacks"),
    "callbacks with text": (meta(callbacks=[{"wait": EVIL}]), "callbacks[0].wait"),
    "as many variables as one likes": (meta(variables=10**15), "variable/0002"),
    "more epochs than the spec has": (
        lambda m, a: m["rows"].append(m["rows"][0] | {"epoch": 2}), "which its spec has not",
    ),
    "objects": (array("variable/0000", np.array([{"a": 1}], dtype=object)), "damaged"),
    "text for numbers": (array("variable/0000", np.array(["a"])), "holds no numbers"),
    "records for numbers": (array("variable/0000", np.zeros(3, "f4,f4")), "holds no numbers"),
    "more data than the network has": (
        array("variable/0000", np.zeros(800_000, np.uint32)), "bytes; at most",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_forged_states_are_refused(run: Path, name: str) -> None:
    """Their checksum fits, since whoever forges a state can compute it."""
    change, reason = FORGED[name]
    path = run / "state" / "epoch-000001.npz"
    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files if key != "digest"}
    content = json.loads(arrays["meta"].tobytes())
    change(content, arrays)
    arrays["meta"] = np.frombuffer(json.dumps(content).encode(), np.uint8)
    arrays["digest"] = np.frombuffer(named_arrays_digest(arrays).encode(), np.uint8)
    np.savez(path, **arrays)
    if name == "a row with another column":  # nobody looks at it
        assert resume(run).exit_code == 0
    else:
        refused(run, reason)


@pytest.mark.parametrize("name", DAMAGED)
def test_states_that_are_no_states_are_refused(run: Path, name: str) -> None:
    (run / "state" / "epoch-000001.npz").write_bytes(DAMAGED[name])
    refused(run, "damaged")
    assert not Path("executed").exists()


def test_a_file_name_with_control_characters_is_shown_escaped(run: Path) -> None:
    (run / "state" / f"epoch-2{EVIL}.npz").write_bytes(b"x")
    result = resume(run)
    assert result.exit_code == 0
    assert r"epoch-2\x1b]0;owned\x07\x1b[2J\x9b1m\u202e.npz is damaged" in result.stderr
    assert all(c.isprintable() or c == "\n" for c in result.output)


def _summary(run: Path, **values: Any) -> None:
    data = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps(data | values))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"test_loss": EVIL}, "test_loss"),
        ({"test_accuracy": float("nan")}, "not the summary"),
        ({"last_epoch": None}, "last_epoch"),
        ({"best_epoch": {"epoch": EVIL}}, "best_epoch"),
        ({"events": {}}, "events"),
    ],
)
def test_forged_summaries_are_refused(run: Path, values: dict[str, Any], reason: str) -> None:
    _summary(run, **values)
    refused(run, reason)


@pytest.mark.parametrize("content", ["", "[" * 100_000, "[]", "nothing", '{"name": 1}'])
def test_summaries_that_are_none_are_refused(run: Path, content: str) -> None:
    (run / "summary.json").write_text(content)
    refused(run, "is not the summary of a run")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_text_in_a_summary_is_printed_escaped(run: Path, options: tuple[str, ...]) -> None:
    _summary(run, dataset=EVIL, stopped=EVIL, device=EVIL)
    result = resume(run, *options)
    assert result.exit_code == 0
    assert all(c.isprintable() or c == "\n" for c in result.output)
    if options:
        assert json.loads(result.stdout)["stopped"] == EVIL
    else:
        assert r"\x1b]0;owned\x07" in result.stdout


def test_text_in_a_spec_is_printed_escaped(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(TINY + 'description: "\\e[2Jhello\\x9b"\n')
    result = invoke(["describe", str(spec)])
    assert result.exit_code == 0 and r"\x1b[2Jhello\x9b" in result.stdout


@pytest.mark.parametrize("count", [200, pytest.param(5_000, marks=pytest.mark.slow)])
def test_mutations_of_states(run: Path, count: int) -> None:
    """A damaged state is found, or it is as it was."""
    store = StateStore(run / "state")
    path = run / "state" / "epoch-000001.npz"
    whole, good = path.read_bytes(), store.load(print)
    dice = random.Random(5)
    unharmed = 0
    for number in range(count):
        path.write_bytes(mutated(whole, dice))
        try:
            state = store.load(print)
        except UserError:
            continue
        unharmed += 1
        assert state.rows == good.rows and state.spec == good.spec, number
        for one, other in zip(state.variables, good.variables, strict=True):
            assert np.array_equal(one, other), number
    print(f"\n{count} mutations of a state: {unharmed} unharmed, the others refused")
    assert 0 < unharmed < count / 2


@pytest.mark.parametrize(
    "rest", ['"x": NaN', r'"x": "\udce9"', f'"x": {"[" * 100_000}', '"switches": 3', ""]
)
def test_a_forged_record_does_not_end_a_run(tmp_path: Path, rest: str) -> None:
    record = tmp_path / "record.json"
    record.write_text(f'{{"switches": {{}}, {rest}}}')
    record_switch(record, "steps_per_execution", "32")


def test_the_summary_is_read_as_it_was_written(run: Path) -> None:
    from cifarcnn.runs.summary import read_summary

    data = json.loads((run / "summary.json").read_text())
    assert summary_data(read_summary(run / "summary.json")) == data


def test_a_run_is_finished_when_its_results_are_on_disk(run: Path) -> None:
    """Not with the summary of fewer epochs, nor without the checkpoint that it speaks of."""
    directory, state = RunDirectory(run), StateStore(run / "state").load(print)
    assert _written_summary(directory, state)
    state.rows.append(ROW)
    assert not _written_summary(directory, state)
    state.rows.pop()
    (run / "checkpoint.h5").unlink()
    assert not _written_summary(directory, state)
