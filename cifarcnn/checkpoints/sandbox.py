"""Runs in a child process: reads a checkpoint with h5py and numpy alone, under limits.

    python -P -m cifarcnn.checkpoints.sandbox CHECKPOINT OUTPUT MEGABYTES SECONDS

HDF5's parser is C code, and a hostile file may crash it, point it at other files or declare more
data than memory holds. So the file is read here, where a crash harms nobody: every object must be
an ordinary group or an uncompressed array of numbers inside the file. What a network needs goes
into OUTPUT, an `.npz` file of plain arrays; a refusal is that of `cifarcnn.processes.limits`.

What the file is, HDF5 or a zip archive, is decided here, by its first bytes, for whoever reads it
later: Keras goes by the name, and so could be led to a part of it that was not looked at.
"""

import io
import json
import math
import sys
import zipfile
from typing import Any

from cifarcnn.processes.limits import Refused, limit, refuse

MAX_OBJECTS = 50_000
MAX_DEPTH = 16
MAX_ATTRIBUTE = 4 * 1024 * 1024
MAX_RANK = 5

HDF5, ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
"""The first bytes of a `.h5` and of a `.keras` file."""

MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
TEXTS = ("cifarcnn_spec", "cifarcnn_spec_digest", "cifarcnn_digest", "model_config")


_DAMAGE = (
    *(OSError, RuntimeError, KeyError, ValueError, TypeError, RecursionError),
    *(EOFError, zipfile.BadZipFile),
)
"""What the libraries raise where a file is not as it should be."""


def main(path: str, output: str, megabytes: str, seconds: str) -> int:
    """Read one checkpoint; returns the exit code."""
    limit(int(megabytes) * 1024 * 1024, cpu_seconds=int(seconds))
    import numpy as np

    try:
        arrays = read(path)
    except Refused as reason:
        return refuse(reason)
    except _DAMAGE as error:
        return refuse(f"damaged: {' '.join(str(error).split())[:300]}")
    except MemoryError:
        return refuse("it needs more memory than a checkpoint of its size may take")
    np.savez(output, **arrays)
    return 0


def read(path: str) -> dict[str, Any]:
    """The texts and weights of a `.h5` or `.keras` file, as arrays to be saved."""
    import h5py

    with open(path, "rb") as file:  # noqa: PTH123 - only the standard library's simplest here
        begins = file.read(len(HDF5))
        size = file.seek(0, 2)
        if begins.startswith(ZIP):
            config, weights = _open_archive(file, size)
            with h5py.File(io.BytesIO(weights), "r") as inner:
                _walk(inner, len(weights))
                return _packed(".keras", {"model_config": config}, _keras_layers(inner))
        if begins != HDF5:
            raise Refused("it begins neither like HDF5 nor like a zip archive")
        if _holds_archive(file):
            raise Refused("it is HDF5 and a zip archive at once, which no program writes")
        with h5py.File(file, "r") as inner:
            _walk(inner, size)
            if "model_weights" not in inner:
                raise Refused("it holds no Keras model: expected the group model_weights")
            texts = {name: _text(inner, name) for name in TEXTS if name in inner.attrs}
            return _packed(".h5", texts, _h5_layers(inner["model_weights"]))


def _holds_archive(file: Any) -> bool:
    """Whether a zip archive with members can be read from the end of a file.

    Weights may hold the bytes that mark the end of an archive by chance; then nothing else fits.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return bool(archive.infolist())
    except Exception:  # noqa: BLE001 - whatever it is, it is no archive
        return False


def _open_archive(file: Any, size: int) -> tuple[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if set(names) != MEMBERS or len(names) != len(MEMBERS):
            extra = sorted(set(names) ^ MEMBERS)
            raise Refused(
                f"it is not a .keras file, which holds {', '.join(sorted(MEMBERS))} and nothing "
                f"else; it differs in {', '.join(extra[:3]) or 'their number'}"
            )
        for member in members:
            if member.compress_type != zipfile.ZIP_STORED or member.file_size > size:
                raise Refused(f"its member {member.filename} is compressed or larger than the file")
        if archive.getinfo("config.json").file_size > MAX_ATTRIBUTE:
            raise Refused("its config.json is larger than any network's")
        return archive.read("config.json").decode(), archive.read("model.weights.h5")


def _walk(file: Any, size: int) -> None:  # an h5py.File
    """Look at every link and object of a file before anything in it is read."""
    import h5py

    seen: set[Any] = set()
    pending = [(file["/"], "/", 0)]
    while pending:
        group, name, depth = pending.pop()
        _check_attributes(group, name)
        if depth > MAX_DEPTH or len(seen) > MAX_OBJECTS:
            raise Refused("its groups are nested too deep or too many")
        for key in group:
            path = f"{name.rstrip('/')}/{key}"[:200]
            link = group.get(key, getlink=True)
            if type(link) is not h5py.HardLink:
                raise Refused(
                    f"{path} is a {type(link).__name__}, which could lead out of the file"
                )
            item = group[key]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                raise Refused(f"{path} is linked twice")
            seen.add(address)
            if isinstance(item, h5py.Group):
                pending.append((item, path, depth + 1))
            elif isinstance(item, h5py.Dataset):
                _check_attributes(item, path)
                _check_dataset(item, path, size)
            else:
                raise Refused(f"{path} is neither a group nor an array")


def _check_dataset(item: Any, path: str, size: int) -> None:  # an h5py.Dataset
    if item.external or item.is_virtual:
        raise Refused(f"{path} keeps its data in other files")
    if item.dtype.kind not in "fiu":
        raise Refused(f"{path} holds {item.dtype}, not numbers")
    if item.shape is None or len(item.shape) > MAX_RANK:
        raise Refused(f"{path} has no shape of a weight")
    if item.chunks or item.nbytes > size or item.id.get_storage_size() != item.nbytes:
        raise Refused(f"{path} declares {item.shape} but is compressed or not all in the file")


def _check_attributes(item: Any, path: str) -> None:
    import h5py

    if len(item.attrs) > 100:
        raise Refused(f"{path} has too many attributes")
    for name in item.attrs:
        attribute = h5py.h5a.open(item.id, name.encode())
        dtype, count = attribute.dtype, math.prod(attribute.shape)
        if dtype.kind not in "fiuSOb" or count * max(dtype.itemsize, 1) > MAX_ATTRIBUTE:
            raise Refused(
                f"the attribute {name[:60]} of {path} is too large, or is no text or number"
            )
        if dtype.kind == "O" and h5py.check_string_dtype(dtype) is None:
            raise Refused(f"the attribute {name[:60]} of {path} holds references, not text")


def _text(file: Any, name: str) -> str:
    value = file.attrs[name]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str) or len(text) > MAX_ATTRIBUTE:
        raise Refused(f"its attribute {name} is no text of a fair size")
    text.encode()  # what is not UTF-8 comes as half characters, which fail where they are used
    return text


def _names(group: Any, attribute: str) -> list[str]:
    """A list of names, which Keras splits into numbered parts when it is long."""
    keys = [attribute] if attribute in group.attrs else []
    while f"{attribute}{len(keys)}" in group.attrs:
        keys.append(f"{attribute}{len(keys)}")
    names = [name for key in keys for name in list(group.attrs[key])]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _h5_layers(weights: Any) -> list[tuple[str, list[Any]]]:
    layers = []
    for name in _names(weights, "layer_names"):
        group = weights[name]
        layers.append((name, [group[path][()] for path in _names(group, "weight_names")]))
    return layers


def _keras_layers(file: Any) -> list[tuple[str, list[Any]]]:
    layers = []
    for key in file.get("layers", {}):
        variables = file["layers"][key].get("vars", {})
        if not len(variables):
            continue
        name = variables.attrs.get("name", key)
        layers.append((str(name), [variables[str(i)][()] for i in range(len(variables))]))
    return layers


def _packed(
    suffix: str, texts: dict[str, str], layers: list[tuple[str, list[Any]]]
) -> dict[str, Any]:
    """All that was read, as arrays; `suffix` is how the name of such a file ends for Keras."""
    import numpy as np

    arrays = {f"weight/{i}/{j}": a for i, (_, row) in enumerate(layers) for j, a in enumerate(row)}
    rows = [[name, len(row)] for name, row in layers]
    index = {"suffix": suffix, "texts": texts, "layers": rows}
    return {"index": np.frombuffer(json.dumps(index).encode(), dtype=np.uint8), **arrays}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
