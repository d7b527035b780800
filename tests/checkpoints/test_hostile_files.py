"""Damaged and hostile checkpoints: each is refused with its reason, and none runs anything."""

import os
import pickle
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from cifarcnn.checkpoints.read import read_checkpoint_file
from cifarcnn.errors import UserError
from tests.support.hostile_checkpoints import (
    HOSTILE_ARCHIVES,
    HOSTILE_CONFIGS,
    HOSTILE_H5,
    KERNEL,
    weights,
    write_h5,
    write_keras,
)


@pytest.mark.parametrize("ours", [True, False])
def test_the_unharmed_file_is_read(tmp_path: Path, ours: bool) -> None:
    write_h5(tmp_path / "good.h5", ours=ours)
    file = read_checkpoint_file(tmp_path / "good.h5")
    assert (file.spec is not None) is ours
    expected = [list(row.values()) for row in weights().values()]
    for one, other in zip(file.weights, expected, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_unharmed_archive_is_read(tmp_path: Path) -> None:
    write_keras(tmp_path / "good.keras")
    assert len(read_checkpoint_file(tmp_path / "good.keras").layers) == 4


@pytest.mark.parametrize("name", HOSTILE_H5)
def test_hostile_h5_of_ours_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hostile.h5"
    write_h5(path)
    change, reason = HOSTILE_H5[name]
    with h5py.File(path, "r+") as file:
        change(file)
    refuse(path, reason)


@pytest.mark.parametrize("name", HOSTILE_CONFIGS)
def test_hostile_configs_of_plain_keras_are_refused(tmp_path: Path, name: str) -> None:
    text, reason = HOSTILE_CONFIGS[name]
    write_keras(tmp_path / "hostile.keras", **{"config.json": text.encode()})
    refuse(tmp_path / "hostile.keras", reason)
    if len(text) < 60_000:  # the most that an HDF5 attribute holds
        write_h5(tmp_path / "hostile.h5", ours=False)
        with h5py.File(tmp_path / "hostile.h5", "r+") as file:
            file.attrs["model_config"] = text
        refuse(tmp_path / "hostile.h5", reason)


@pytest.mark.parametrize("name", HOSTILE_ARCHIVES)
def test_hostile_archives_are_refused(tmp_path: Path, name: str) -> None:
    members, reason = HOSTILE_ARCHIVES[name]
    write_keras(tmp_path / "hostile.keras", **members)
    refuse(tmp_path / "hostile.keras", reason)


def test_compressed_and_repeated_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(name, b"0" * 50_000_000 if name.endswith("h5") else b"{}")
    refuse(path, "compressed or larger")
    write_keras(path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", b"{}")
    refuse(path, "differs in")


def test_an_archive_with_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flipped.keras"
    write_keras(path)
    content = bytearray(path.read_bytes())
    content[content.index(b"Sequential")] ^= 1
    path.write_bytes(content)
    refuse(path, "damaged")
    write_keras(path)
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x03"))  # its list of members
    refuse(path, "is damaged")


def test_a_file_of_two_formats_is_refused(tmp_path: Path) -> None:
    """Whoever looks at its end sees an archive, whoever looks at its beginning sees HDF5."""
    write_h5(tmp_path / "evil.h5", ours=False)
    write_keras(tmp_path / "harmless.keras")
    with (tmp_path / "evil.h5").open("ab") as file:
        file.write((tmp_path / "harmless.keras").read_bytes())
    refuse(tmp_path / "evil.h5", "it is HDF5 and a zip archive at once")


def test_an_archive_is_one_by_whatever_name(tmp_path: Path) -> None:
    write_keras(tmp_path / "archive.h5")
    assert len(read_checkpoint_file(tmp_path / "archive.h5").layers) == 4


@pytest.mark.parametrize("follows", [b"\x00", b"\x01"])
def test_weights_that_look_like_the_end_of_an_archive_are_weights(
    tmp_path: Path, follows: bytes
) -> None:
    path = tmp_path / "good.h5"
    write_h5(path, ours=False)
    values = np.frombuffer(b"PK\x05\x06" + follows * 24, "<f4")
    with h5py.File(path, "r+") as file:
        file[KERNEL][0, : len(values)] = values
    kernel, _ = read_checkpoint_file(path).weights[-1]
    assert np.array_equal(kernel[0, : len(values)], values)


def test_what_is_no_file_of_its_own_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.h5")
    refuse(tmp_path / "fifo.h5", "not a regular file")
    (tmp_path / "pickle.h5").write_bytes(pickle.dumps({"weights": [1, 2]}))
    refuse(tmp_path / "pickle.h5", "is not a checkpoint")
    (tmp_path / "dangling.h5").symlink_to(tmp_path / "nothing")
    refuse(tmp_path / "dangling.h5", "does not exist")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_mutated_checkpoints_are_refused_or_unharmed(tmp_path: Path) -> None:
    """Flipped, cut and overwritten bytes: never a crash, and never other weights than ours."""
    path = tmp_path / "mutant.h5"
    write_h5(path)
    whole = path.read_bytes()
    good = read_checkpoint_file(path)
    random = np.random.default_rng(7)
    for _ in range(300):
        mutant = bytearray(whole)
        for _ in range(int(random.integers(1, 4))):
            mutant[int(random.integers(8, len(mutant)))] ^= 1 << int(random.integers(8))
        if random.random() < 0.1:
            mutant = mutant[: int(random.integers(8, len(mutant)))]
        path.write_bytes(mutant)
        try:
            file = read_checkpoint_file(path)
        except UserError:
            continue
        if file.spec is None:
            continue  # the name of the attribute was hit: a file of plain Keras has no digest
        assert file.digest == good.digest
        assert file.layers == good.layers


def refuse(path: Path, reason: str) -> None:
    """The file is refused in one line with its reason, soon, and nothing was executed."""
    began = time.monotonic()
    with pytest.raises(UserError, match=reason) as caught:
        read_checkpoint_file(path)
    assert time.monotonic() - began < 20
    assert str(path) in str(caught.value)
    assert "\n" not in caught.value.message
    assert not Path("executed").exists()
