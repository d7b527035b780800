"""The epochs' values as CSV."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from typing_extensions import override

from cifarcnn.entries.callbacks.paths import InsideRun
from cifarcnn.files.atomic import write_bytes
from cifarcnn.language.entry_types import CALLBACKS, Callback, CallbackContext
from cifarcnn.language.registry import expected


def _apart_from_values(separator: str) -> str:
    """A character that is in no number and no name, and that CSV has no other use for."""
    if separator.isalnum() or separator in '"+-._' or (ord(separator) < 32 and separator != "\t"):
        raise expected("a character that is in no number or name, such as a comma")
    return separator


@CALLBACKS.register("csv_logger")
class CSVLogger(Callback):
    """Writes the epochs' values into a CSV file of its own."""

    output_field = "filename"

    filename: InsideRun = Field("log.csv", description="inside the run directory")
    separator: Annotated[
        str, Field(min_length=1, max_length=1), AfterValidator(_apart_from_values)
    ] = Field(",", description="between values")

    @override
    def build_for(self, context: CallbackContext) -> Any:
        import keras

        path = context.run_dir / self.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        resumed = context.finished_epochs > 0
        if resumed and path.exists():
            lines = path.read_bytes().splitlines(keepends=True)
            write_bytes(path, b"".join(lines[: context.finished_epochs + 1]))
        return keras.callbacks.CSVLogger(str(path), separator=self.separator, append=resumed)
