"""How far a run got, from what lies in its folder."""

from pathlib import Path

from cifarcnn.runs.directory import RunDirectory


def test_the_status_of_a_run_in_its_order(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    assert str(run.status) == "absent"
    run.path.mkdir()
    run.spec.touch()
    assert str(run.status) == "untrained"
    run.state.mkdir()
    assert str(run.status) == "interrupted" and not run.holds_state
    (run.state / "epoch-000000.npz").touch()
    assert str(run.status) == "interrupted" and run.holds_state
    run.summary.touch()
    assert str(run.status) == "finished"
