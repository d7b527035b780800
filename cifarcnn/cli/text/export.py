"""The result of `cifarcnn export`."""

from cifarcnn.display.terminal import say
from cifarcnn.exporting.export import Export
from cifarcnn.exporting.formats import FORMATS
from cifarcnn.language.dataset_facts import scored_on


def show_export(result: Export) -> None:
    """What was written, what it takes and gives, and how well it agrees with the checkpoint."""
    agreement = result.agreement
    of = f"({scored_on(result.dataset, agreement.images)})"
    for label, text in (
        ("exported", f"{result.path} ({FORMATS[result.format].title}, {result.bytes:,} bytes)"),
        ("input", "pixels from 0 to 255, float32 (N, 32, 32, 3)"),
        ("output", "probabilities of the 10 classes, float32 (N, 10)"),
        ("verified by", result.runner),
        ("same class", f"{agreement.same_class:,} of {agreement.images:,} test images   {of}"),
        ("difference", f"at most {agreement.largest_difference:.2g}, of any probability"),
    ):
        say(f"{label:<13}{text}")
