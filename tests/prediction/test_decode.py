"""Image files of every kind become the pixels of a network; bad ones are named and harm nothing."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cifarcnn.prediction import decode, decoder_child
from cifarcnn.prediction.decode import Fit, Picture, decode_images
from cifarcnn.prediction.find_images import Unreadable, find_images

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.integers(0, 256, (32, 32, 3), dtype=np.uint8)
SMOOTH = np.asarray(Image.fromarray(NOISE[:4, :4]).resize((32, 32), Image.Resampling.BICUBIC))


def read(path: Path, fit: Fit = "crop") -> Picture:
    (picture,) = decode_images([path], fit)
    assert isinstance(picture, Picture), picture
    assert picture.pixels.shape == (32, 32, 3) and picture.pixels.dtype == np.uint8
    return picture


def reason(path: Path) -> str:
    (image,) = decode_images([path], "crop")
    assert isinstance(image, Unreadable) and image.path == path
    return image.reason


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm", "webp"])
def test_an_image_of_32_by_32_keeps_its_pixels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    options: dict[str, Any] = {"lossless": True} if suffix == "webp" else {}
    Image.fromarray(NOISE).save(path, **options)
    picture = read(path)
    assert np.array_equal(picture.pixels, NOISE)
    assert (picture.format, picture.width, picture.height) == (
        {"tif": "TIFF"}.get(suffix, suffix.upper()),
        32,
        32,
    )


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    Image.fromarray(NOISE).save(tmp_path / "a", format="PNG")
    assert read(tmp_path / "a").format == "PNG"


def test_modes_become_rgb(tmp_path: Path) -> None:
    image = Image.fromarray(SMOOTH)
    for mode in ("L", "1", "P", "CMYK"):
        path = tmp_path / f"{mode}.tif"
        image.convert(mode).save(path)
        assert np.array_equal(read(path).pixels, np.asarray(image.convert(mode).convert("RGB")))


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_16_bit_grey_is_not_clipped(tmp_path: Path, suffix: str) -> None:
    grey = SMOOTH[..., 0]
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / f"a.{suffix}")
    assert np.ptp(grey) > 50
    assert np.array_equal(read(tmp_path / f"a.{suffix}").pixels, np.stack([grey] * 3, axis=-1))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_their_exif_says(tmp_path: Path, orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = Image.fromarray(NOISE)
    if orientation in turns:  # how a camera held that way stores it
        stored = stored.transpose(turns[orientation])
    exif = Image.Exif()
    exif[0x112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read(tmp_path / "a.png").pixels, NOISE)


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:, 16:, 3] = 255  # black to the right, nothing to the left
    Image.fromarray(pixels).save(tmp_path / "rgba.png")
    Image.fromarray(pixels).resize((320, 320), Image.Resampling.NEAREST).save(tmp_path / "big.png")
    opaque = pixels[..., 3] // 255
    palette = Image.frombytes("P", opaque.shape[::-1], opaque.tobytes())
    palette.putpalette([200, 0, 0, 0, 0, 0])
    palette.save(tmp_path / "p.gif", transparency=0)
    for name in ("rgba.png", "p.gif", "big.png"):
        seen = read(tmp_path / name).pixels
        assert (seen[:, :14] == 255).all() and (seen[:, 18:] == 0).all(), name


@pytest.mark.parametrize("size", [(96, 32), (32, 96)])
def test_the_middle_is_cut_out_or_all_is_squeezed(tmp_path: Path, size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "red")
    image.paste(Image.fromarray(NOISE), ((size[0] - 32) // 2, (size[1] - 32) // 2))
    image.save(tmp_path / "a.png")
    assert np.array_equal(read(tmp_path / "a.png").pixels, NOISE)
    stretched = read(tmp_path / "a.png", "stretch")
    assert (stretched.pixels[0, 0] == (255, 0, 0)).all()
    assert (stretched.width, stretched.height) == size


def test_large_images_are_averaged_and_small_ones_interpolated(tmp_path: Path) -> None:
    board = (np.indices((320, 320)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(board).save(tmp_path / "board.png")
    assert np.abs(read(tmp_path / "board.png").pixels.astype(int) - 127).max() <= 2
    Image.fromarray(SMOOTH).resize((200, 200), Image.Resampling.BICUBIC).save(tmp_path / "up.png")
    assert np.abs(read(tmp_path / "up.png").pixels.astype(int) - SMOOTH).max() <= 8
    Image.fromarray(NOISE[:4, :4]).save(tmp_path / "small.png")
    assert np.array_equal(read(tmp_path / "small.png").pixels, SMOOTH)


def test_the_first_frame_of_a_film_is_read(tmp_path: Path) -> None:
    one, other = Image.new("RGB", (32, 32), "red"), Image.new("RGB", (32, 32), "blue")
    for name in ("a.gif", "a.webp", "a.png"):
        one.save(tmp_path / name, save_all=True, append_images=[other], lossless=True)
        assert (read(tmp_path / name).pixels == (255, 0, 0)).all()
    one.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[other])
    assert (read(tmp_path / "a.jpg").pixels[..., 0] > 250).all()


def png(width: int, height: int, *, rows: bytes = b"") -> bytes:
    """A PNG of 1 bit pixels that declares a size, whatever it holds."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + data


def bytes_of(image: Image.Image, path: Path) -> bytes:
    image.save(path)
    return path.read_bytes()


def flipped(folder: Path, position: int) -> bytes:
    content = bytearray(bytes_of(Image.fromarray(NOISE), folder / "c.png"))
    content[position] ^= 255
    return bytes(content)


def postscript(folder: Path) -> bytes:
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(executed) (w) file\nshowpage\n"


def floats(folder: Path) -> bytes:
    return bytes_of(Image.fromarray(np.ones((9, 9), np.float32)), folder / "f.tif")


HOSTILE: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "empty": (lambda folder: b"", "it is no image"),
    "text": (lambda folder: b"hello", "it is no image"),
    "cut PNG": (
        lambda folder: bytes_of(Image.fromarray(NOISE), folder / "c.png")[:1500], "truncated",
    ),
    "cut JPEG": (
        lambda folder: bytes_of(Image.fromarray(NOISE), folder / "c.jpg")[:900], "truncated",
    ),
    "flipped PNG": (lambda folder: flipped(folder, 1500), "it is damaged"),
    "a bomb of 3.6 billion pixels": (lambda folder: png(60_000, 60_000), "89,478,485 pixels"),
    "a bomb of 100 million pixels": (lambda folder: png(10_000, 10_000), "89,478,485 pixels"),
    "no pixels": (lambda folder: png(0, 0), "it is"),
    "PostScript": (postscript, "it is no image"),
    "SVG": (lambda folder: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is no image"),
    "a range that is not known": (floats, "floating-point"),
}  # fmt: skip


def test_bad_images_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    Image.fromarray(NOISE).save(good)
    paths = []
    for number, (make, _) in enumerate(HOSTILE.values()):
        bad = tmp_path / f"{number}.png"
        bad.write_bytes(make(tmp_path))
        paths += [bad, good]
    os.mkfifo(tmp_path / "fifo.png")
    paths += [tmp_path / "fifo.png", tmp_path / "absent.png", tmp_path, good]
    expected = [why for _, why in HOSTILE.values()]
    expected += ["not a regular file", "No such file", "not a regular file"]
    images = decode_images(paths, "crop")
    assert [image.path for image in images] == paths
    read_ones = [image for image in images if isinstance(image, Picture)]
    assert len(read_ones) == len(HOSTILE) + 1
    assert all(np.array_equal(image.pixels, NOISE) for image in read_ones)
    reasons = [image.reason for image in images if isinstance(image, Unreadable)]
    for received, why in zip(reasons, expected, strict=True):
        assert why in received and "\n" not in received and len(received) < 250


def test_an_image_that_needs_too_much_memory_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (b"\0" + bytes(1125)) * 9000
    (tmp_path / "large.png").write_bytes(png(9000, 9000, rows=rows))
    assert len(rows) > 500 * (tmp_path / "large.png").stat().st_size
    monkeypatch.setattr(decode, "_MEGABYTES", 250)
    assert reason(tmp_path / "large.png") == "decoding it takes too much memory"


CHILD = """
import json, os, signal, sys
for path in json.load(sys.stdin):
    if "crash" in path:
        os.write(1, b'{"format": "PNG", "width": 32, "height": 32, "pixels": "abc')
        os.kill(os.getpid(), signal.SIGSEGV)
    if "slow" in path:
        os.kill(os.getpid(), signal.SIGPROF)
    if "odd" in path:
        raise RuntimeError("odd")
    os.write(1, b'{"reason": "read"}\\n')
"""


def run_instead_of_the_decoder(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "stand_in.py").write_text(source)
    monkeypatch.setattr(decode, "CHILD", "stand_in")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_an_image_that_ends_the_decoder_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_instead_of_the_decoder(CHILD, tmp_path, monkeypatch)
    names = ["1", "crash", "2", "slow", "3", "odd", "4"]
    images = decode_images([Path(name) for name in names], "crop")
    assert [image.path.name for image in images] == names
    assert [getattr(image, "reason", None) for image in images] == [
        "read",
        "decoding it crashes (SIGSEGV)",
        "read",
        "decoding it takes more than 30 seconds",
        "read",
        "it cannot be decoded (RuntimeError: odd)",
        "read",
    ]


def test_the_decoder_has_a_limit_of_time_and_may_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real limits, but a stand-in for the decoding that does not end, or writes."""
    source = Path(decoder_child.__file__).read_text()
    evil = "    if 'loop' in path:\n        while True: pass\n"
    evil += "    if 'write' in path:\n        with open('written', 'w') as f: f.write('x')\n"
    start = "def _answer(path: str, fit: str) -> dict[str, Any]:\n"
    assert start in source
    run_instead_of_the_decoder(source.replace(start, start + evil), tmp_path, monkeypatch)
    monkeypatch.setattr(decode, "_SECONDS", 1)
    monkeypatch.chdir(tmp_path)
    Image.fromarray(NOISE).save("good.png")
    looped, wrote, good = decode_images([Path("loop"), Path("write"), Path("good.png")], "crop")
    assert isinstance(looped, Unreadable)
    assert looped.reason == "decoding it takes more than 1 seconds"
    assert isinstance(wrote, Unreadable)
    assert (tmp_path / "written").read_text() == ""
    assert isinstance(good, Picture)


def test_folders_are_searched_through_and_sorted(tmp_path: Path) -> None:
    names = [
        "b.JPG",
        "a.png",
        "sub/c.webp",
        "sub/deeper/d.tiff",
        ".hidden/e.png",
        "._f.png",
        "g.txt",
    ]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "none").mkdir()
    files, unreadable = find_images([Path("x.dat"), tmp_path / "in", tmp_path / "none"])
    found = ["a.png", "b.JPG", "sub/c.webp", "sub/deeper/d.tiff"]
    assert files == [Path("x.dat"), *(tmp_path / "in" / name for name in found)]
    (empty,) = unreadable
    assert empty.path == tmp_path / "none" and "no images" in empty.reason
