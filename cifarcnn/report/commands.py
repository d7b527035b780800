"""The commands that repeat a run and judge it."""

from cifarcnn.report.parts import Section, code, note, section
from cifarcnn.report.run_data import Material
from cifarcnn.runs.next_command import next_command


def commands_section(material: Material) -> Section:
    """What to type, with the path of the run as it was given."""
    run = material.run
    lines = []
    if not material.finished:
        lines += ["# go on with it", next_command("resume", run.path), ""]
    lines += ["# train it again, from the same spec", next_command("train", run.spec)]
    if material.finished:
        lines += [
            "",
            "# score the checkpoint; the same figures, to the last digit on the same machine",
            next_command("evaluate", run.checkpoint, backend=material.spec.runtime.backend),
            "",
            "# how much of the score is luck: the same spec with five seeds",
            f"{next_command('repeat', run.spec)} --seeds 5",
        ]
    foreign = None
    if material.record.code:
        foreign = note(
            "The run used code of its user's own (see the record). Give such a file with --code, "
            "if you trust it."
        )
    return section("commands", "Do it again", code("\n".join(lines)), foreign)
