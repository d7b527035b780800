"""Damaged and hostile archives are refused in one line, and nothing of them is carried out."""

import gzip
import io
import os
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cifarcnn.data.cifar10 import archive as archive_module
from cifarcnn.data.cifar10 import members, read
from cifarcnn.data.load import load_dataset
from cifarcnn.errors import UserError
from tests.support.fake_cifar10 import FOLDER, entries, entry, extract, pack, release_of

Files = dict[str, bytes]
Damage = Callable[[bytes], bytes]


def refusal(path: Path) -> str:
    """Load the archive, which must be refused by an error that names it; return the message."""
    with pytest.raises(UserError) as raised:
        load_dataset("cifar10", path)
    message = raised.value.message
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: b"", "it cannot be read as a tar.gz (empty file)"),
        (lambda _: b"<html>Not found</html>", "it cannot be read as a tar.gz (not a gzip file"),
        (lambda data: data[: len(data) // 2], "it cannot be read as a tar.gz (it ends too"),
        (gzip.decompress, "it cannot be read as a tar.gz (not a gzip file"),
        (lambda _: gzip.compress(b"hello" * 1000), "it cannot be read as a tar.gz"),
    ],
    ids=["empty", "html", "truncated", "not_compressed", "not_a_tar"],
)
def test_damaged_archives(archive: Path, damage: Damage, reason: str) -> None:
    archive.write_bytes(damage(archive.read_bytes()))
    assert reason in refusal(archive)


def test_a_flipped_byte_in_a_batch(archive: Path) -> None:
    unpacked = bytearray(gzip.decompress(archive.read_bytes()))
    unpacked[unpacked.index(b"data_batch_3") + 20_000] ^= 1
    archive.write_bytes(gzip.compress(unpacked, compresslevel=1))
    assert "data_batch_3 is not the published file" in refusal(archive)


def test_no_damage_to_the_headers_gets_past_as_another_kind_of_error(archive: Path) -> None:
    intact = gzip.decompress(archive.read_bytes())
    headers = [at for at in range(0, len(intact), 512) if intact[at + 257 : at + 262] == b"ustar"]
    dice = random.Random(0)
    for _ in range(150):
        damaged = bytearray(intact)
        at = dice.choice(headers)
        for _ in range(dice.randint(1, 4)):
            damaged[at + dice.randrange(512)] = dice.randrange(256)
        header = bytes(damaged[at : at + 148]) + b" " * 8 + bytes(damaged[at + 156 : at + 512])
        damaged[at + 148 : at + 156] = b"%06o\0 " % sum(header)
        archive.write_bytes(gzip.compress(damaged, compresslevel=0))
        try:
            load_dataset("cifar10", archive)
        except UserError as error:
            assert str(archive) in error.message


def test_another_archive(files: Files, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar.gz", [entry("README", b"hello")])
    assert "is incomplete: it lacks data_batch_1, " in refusal(path)


def test_a_missing_member(files: Files, tmp_path: Path) -> None:
    del files["test_batch"]
    assert "it lacks test_batch." in refusal(pack(tmp_path / "a", entries(files)))


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.LNKTYPE, f"{FOLDER}/data_batch_1"),
        (tarfile.DIRTYPE, ""),
        (tarfile.FIFOTYPE, ""),
        (tarfile.CHRTYPE, ""),
    ],
    ids=["symbolic_link", "hard_link", "folder", "pipe", "device"],
)
def test_a_member_that_is_not_a_regular_file(
    files: Files, tmp_path: Path, kind: bytes, link: str
) -> None:
    special = entry(f"{FOLDER}/test_batch", type=kind, linkname=link)
    del files["test_batch"]
    path = pack(tmp_path / "a", [*entries(files), special])
    assert f"{FOLDER}/test_batch in it is not a regular file" in refusal(path)


def test_a_member_twice(files: Files, tmp_path: Path) -> None:
    again = entry(f"./{FOLDER}/data_batch_1", files["data_batch_1"])
    path = pack(tmp_path / "a", [*entries(files), again])
    assert f"it holds {FOLDER}/data_batch_1 twice" in refusal(path)


def test_a_member_that_is_too_large(
    archive: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: Files
) -> None:
    monkeypatch.setattr(read, "MAX_MEMBER_BYTES", 10_000)
    assert "bytes; 10000 are allowed" in refusal(archive)
    folder = extract(tmp_path / "folder", files)
    assert "is not a regular file of at most 10000 bytes" in refusal(folder)


@pytest.mark.parametrize("wrap", [lambda zeros: zeros, None], ids=["plain", "skipped_entry"])
def test_an_archive_that_decompresses_without_end(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrap: Damage | None
) -> None:
    monkeypatch.setattr(archive_module, "MAX_DECOMPRESSED_BYTES", 1_000_000)
    path = tmp_path / "bomb.tar.gz"
    if wrap:
        header = entry("pax")[0]
        header.type, header.size = tarfile.XHDTYPE, 3_000_000
        path.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(3_000_000)))
    else:
        pack(path, [entry("zeros", bytes(3_000_000)), *entries(files)])
    assert "it decompresses to more than 1000000 bytes" in refusal(path)


def test_an_archive_of_very_many_entries(files: Files, tmp_path: Path) -> None:
    path = pack(tmp_path / "a", [entry(f"{number}") for number in range(100)])
    assert "it has more than 64 entries" in refusal(path)


def test_an_entry_of_negative_size_does_not_loop(files: Files, tmp_path: Path) -> None:
    header = entry("loop", size=-512)[0].tobuf(tarfile.GNU_FORMAT)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(entry("first")[0].tobuf() + header + bytes(2048)))
    assert "it cannot be read as a tar.gz" in refusal(path)


def test_other_entries_are_neither_read_nor_written(files: Files, tmp_path: Path) -> None:
    strangers = [
        entry("../outside", b"x"),
        entry(str(tmp_path / "absolute"), b"x"),
        entry(f"{FOLDER}/../test_batch", b"x"),
        entry("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    ]
    path = pack(tmp_path / "given" / "a", [*strangers, *entries(files)])
    before = sorted(tmp_path.rglob("*"))
    assert len(load_dataset("cifar10", path).train) == 60
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["data_batch_1", "batches.meta"])
def test_a_pickle_that_calls_something_is_refused_although_its_digest_fits(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    trace = tmp_path / "trace"
    files[name] = b"cos\nmkdir\n(V" + os.fsencode(trace) + b"\ntR."
    monkeypatch.setattr(members, "CIFAR10", release_of(files))
    path = pack(tmp_path / "a", entries(files))
    assert f"{name} is refused: it asks for os.mkdir" in refusal(path)
    assert not trace.exists()


def test_an_unreadable_archive_says_why(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> io.BytesIO:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "(Permission denied)" in refusal(archive)
