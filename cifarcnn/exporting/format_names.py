"""The names of the formats of export; the command line reads them before NumPy."""

from typing import Literal

FormatName = Literal["onnx", "saved_model", "keras", "h5"]
