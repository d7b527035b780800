"""The table of `cifarcnn predict`."""

from cifarcnn.cli.text.output import plain_table
from cifarcnn.display.terminal import output_console
from cifarcnn.prediction.predict import Predictions


def show_predictions(result: Predictions) -> None:
    """A row for each image: the class that is most probable, and the next ones."""
    table = plain_table(("image", "left"), ("class", "left"), ("probability", "right"))
    several = len(result.predictions[0].top) > 1
    if several:
        table.add_column("then")
    for image in result.predictions:
        first, *others = image.top
        then = [", ".join(f"{row.name} {row.probability:.4f}" for row in others)] * several
        table.add_row(str(image.path), first.name, f"{first.probability:.4f}", *then)
    output_console().print(table)
