"""Runs in a child process: decodes images with Pillow alone, under limits.

    python -P -m cifarcnn.prediction.decoder_child FIT MEGABYTES SECONDS

Decoders of image formats are C code, and the images may come from anyone. So they are decoded here,
where a crash harms nobody, with a limit of memory, a limit of processor time for each image, and no
right to write a file. Standard input holds the paths, a list in JSON. For each image there is one
line of JSON on standard output: `{"reason": ...}`, or its format, width and height, and as `pixels`
its 32 x 32 x 3 bytes in base64.
"""

import base64
import json
import os
import stat
import sys
import warnings
from typing import Any

from cifarcnn.processes.limits import Refused, limit, limit_cpu_time_from_now

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Raster formats alone, by the content of a file, not its name (Pillow would run Ghostscript for
PostScript)."""
SIZE = 32
_LARGEST_16_BIT = 65_535


def main(fit: str, megabytes: str, seconds: str) -> None:
    """Decode every image that standard input names."""
    paths = json.load(sys.stdin)
    limit(int(megabytes) * 1024 * 1024, may_write=False)
    for path in paths:
        limit_cpu_time_from_now(int(seconds))
        print(json.dumps(_answer(path, fit)), flush=True)


def _answer(path: str, fit: str) -> dict[str, Any]:
    from PIL import Image, UnidentifiedImageError

    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with os.fdopen(_open_regular(path), "rb") as file:
            return _decode(file, fit)
    except Refused as refusal:
        reason = str(refusal)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        reason = f"it declares more than {Image.MAX_IMAGE_PIXELS:,} pixels"
    except UnidentifiedImageError:
        reason = f"it is no image, or damaged at its beginning; read are {', '.join(FORMATS)}"
    except MemoryError:
        reason = "decoding it takes too much memory"
    except OSError as error:
        reason = error.strerror or _damage(error)
    except (ValueError, SyntaxError, TypeError, LookupError, EOFError, ArithmeticError) as error:
        reason = _damage(error)
    return {"reason": reason}


def _damage(error: Exception) -> str:
    """Whatever Pillow's Python code meets in a damaged file."""
    text = " ".join(str(error).split())[:200] or type(error).__name__
    return f"it is damaged: {text}"


def _open_regular(path: str) -> int:
    """A descriptor of a regular file; a pipe or a device could keep us waiting."""
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused("it is not a regular file")
    return descriptor


def _decode(file: Any, fit: str) -> dict[str, Any]:
    """The first frame of an image file, turned as its EXIF says, as 32 x 32 pixels in RGB."""
    from PIL import Image, ImageOps

    with Image.open(file, formats=FORMATS) as opened:
        kind = opened.format
        image: Any = ImageOps.exif_transpose(opened)
    image = _eight_bits(image)
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    width, height = image.size
    image = image.resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=_box(width, height, fit))
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    pixels = base64.b64encode(image.tobytes()).decode()
    return {"format": kind, "width": width, "height": height, "pixels": pixels}


def _box(width: int, height: int, fit: str) -> tuple[int, int, int, int]:
    """The part to be resized: left, top, right and bottom."""
    if fit == "stretch":
        return 0, 0, width, height
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def _eight_bits(image: Any) -> Any:
    """16 bit grey as 8 bit grey, which Pillow would clip at 255 instead."""
    if image.mode == "F":
        raise Refused("its pixels are floating-point numbers, whose range is not known")
    if not image.mode.startswith("I"):
        return image
    import numpy as np
    from PIL import Image

    values = np.asarray(image)
    if values.min() < 0 or values.max() > _LARGEST_16_BIT:
        raise Refused("its pixels are 32 bit numbers, whose range is not known")
    return Image.fromarray(np.rint(values / np.float32(257)).astype(np.uint8))


if __name__ == "__main__":
    main(*sys.argv[1:4])
