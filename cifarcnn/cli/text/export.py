"""The result of `cifarcnn export`."""

from cifarcnn.cli.text.output import scored_on
from cifarcnn.display.terminal import say
from cifarcnn.exporting.export import Export
from cifarcnn.exporting.formats import FORMATS


def show_export(result: Export) -> None:
    """What was written, what it takes and gives, and how well it agrees with the checkpoint."""
    agreement = result.agreement
    of = scored_on(result.dataset, agreement.images)
    for label, text in (
        ("exported", f"{result.path} ({FORMATS[result.format].title}, {result.bytes:,} bytes)"),
        ("input", "pixels from 0 to 255, float32 (N, 32, 32, 3)"),
        ("output", "probabilities of the 10 classes, float32 (N, 10)"),
        ("verified by", result.runner),
        ("same class", f"{agreement.same_class:,} of {agreement.images:,} test images   {of}"),
        ("difference", f"at most {agreement.largest_difference:.2g}, of any probability"),
    ):
        say(f"{label:<13}{text}")
