"""The commands that repeat a run and judge it."""

from cifarcnn.report.rendering import Section, section
from cifarcnn.report.run_data import RunData
from cifarcnn.runs.next_command import next_command


def commands_section(run_data: RunData) -> Section:
    """What to type, with the path of the run as it was given."""
    run = run_data.run
    lines = []
    if not run_data.finished:
        lines += ["# go on with it", next_command("resume", run.path), ""]
    lines += ["# train it again, from the same spec", next_command("train", run.spec)]
    if run_data.finished:
        lines += [
            "",
            "# score the checkpoint; the same figures, to the last digit on the same machine",
            next_command("evaluate", run.checkpoint, backend=run_data.spec.runtime.backend),
            "",
            "# how much of the score is luck: the same spec with five seeds",
            f"{next_command('repeat', run.spec)} --seeds 5",
        ]
    foreign = bool(run_data.record.code)
    return section("commands", "Do it again", lines=lines, foreign_code=foreign)
