"""Damaged and hostile checkpoints, each with the reason for which it is refused."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from cifarcnn.checkpoints.write import (
    DIGEST_ATTRIBUTE,
    SPEC_ATTRIBUTE,
    SPEC_DIGEST_ATTRIBUTE,
    text_digest,
    weights_digest,
)

SPEC = """\
name: small
model:
  layers:
    - conv2d: {filters: 2, kernel_size: 5, strides: 4}
    - batch_normalization
    - flatten
    - dense: {units: 10}
"""

ARRAYS: dict[str, dict[str, tuple[int, ...]]] = {
    "conv2d_1": {"kernel": (5, 5, 3, 2), "bias": (2,)},
    "batch_normalization_1": {"gamma": (2,), "beta": (2,), "mean": (2,), "variance": (2,)},
    "flatten_1": {},
    "dense_1": {"kernel": (98, 10), "bias": (10,)},
}

CONFIG: dict[str, Any] = {
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 32, 32, 3]}},
            {
                "class_name": "Conv2D",
                "config": {"name": "conv2d_1", "filters": 2, "kernel_size": [5, 5],
                           "strides": [4, 4]},
            },
            {"class_name": "BatchNormalization", "config": {"name": "batch_normalization_1"}},
            {"class_name": "Flatten", "config": {"name": "flatten_1"}},
            {"class_name": "Dense", "config": {"name": "dense_1", "units": 10}},
        ]
    },
}  # fmt: skip


def weights() -> dict[str, dict[str, Any]]:
    random = np.random.default_rng(0)
    return {
        layer: {name: random.normal(size=shape).astype(np.float32) for name, shape in row.items()}
        for layer, row in ARRAYS.items()
    }


def write_h5(path: Path, *, ours: bool = True) -> None:
    """A checkpoint as Keras writes it: of ours, or of plain Keras."""
    arrays = weights()
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = list(arrays)
        for layer, row in arrays.items():
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = [f"{layer}/{name}" for name in row]
            for name, array in row.items():
                inner[f"{layer}/{name}"] = array
        file.attrs["model_config"] = json.dumps(CONFIG)
        if ours:
            file.attrs[SPEC_ATTRIBUTE] = SPEC
            file.attrs[SPEC_DIGEST_ATTRIBUTE] = text_digest(SPEC)
            flat = [array for row in arrays.values() for array in row.values()]
            file.attrs[DIGEST_ATTRIBUTE] = weights_digest(flat)


def inner_h5(change: Callable[[h5py.File], None] = lambda file: None) -> bytes:
    """The weights member of a `.keras` file."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for layer, row in weights().items():
            variables = file.create_group(f"layers/{layer}/vars")
            variables.attrs["name"] = layer
            for index, array in enumerate(row.values()):
                variables[str(index)] = array
        change(file)
    return buffer.getvalue()


def write_keras(path: Path, **members: Any) -> None:
    """A `.keras` file; keyword arguments replace or add members (None leaves one out)."""
    content = {
        "metadata.json": b"{}",
        "config.json": json.dumps(CONFIG).encode(),
        "model.weights.h5": inner_h5(),
    } | members
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)


KERNEL = "model_weights/dense_1/dense_1/kernel"

Change = Callable[[h5py.File], None]


def replaced(make: Callable[[h5py.File], None]) -> Change:
    """Take the kernel of the last layer away and put something else in its place."""

    def change(file: h5py.File) -> None:
        del file[KERNEL]
        make(file)

    return change


def attribute(name: str, value: Any) -> Change:
    return lambda file: file.attrs.__setitem__(name, value)


def spec(text: str) -> Change:
    """A spec of a stranger, with its digest."""

    def change(file: h5py.File) -> None:
        file.attrs[SPEC_ATTRIBUTE] = text
        file.attrs[SPEC_DIGEST_ATTRIBUTE] = text_digest(text)

    return change


def nest(file: h5py.File) -> None:
    group = file
    for _ in range(40):
        group = group.create_group("deeper")


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(98, 10), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "data", shape=(98, 10))
    file.create_virtual_dataset(KERNEL, layout)


def extra_layer(file: h5py.File) -> None:
    file["model_weights/extra/w"] = np.zeros(3, "f4")
    file["model_weights/extra"].attrs["weight_names"] = ["w"]
    file["model_weights"].attrs["layer_names"] = [*ARRAYS, "extra"]


def nan(file: h5py.File) -> None:
    kernel = file[KERNEL]
    kernel[0, 0] = np.nan
    arrays = [file["model_weights"][layer][f"{layer}/{name}"][()]
              for layer, row in ARRAYS.items() for name in row]  # fmt: skip
    file.attrs[DIGEST_ATTRIBUTE] = weights_digest(arrays)


HOSTILE_H5: dict[str, tuple[Change, str]] = {
    "soft link": (replaced(lambda f: f.__setitem__(KERNEL, h5py.SoftLink("/x"))), "SoftLink"),
    "external link": (
        replaced(lambda f: f.__setitem__(KERNEL, h5py.ExternalLink("/etc/hosts", "x"))),
        "ExternalLink",
    ),
    "external group": (
        lambda f: f.__setitem__("more", h5py.ExternalLink("/tmp/x.h5", "/")), "ExternalLink",
    ),
    "external storage": (
        replaced(lambda f: f.create_dataset(
            KERNEL, (98, 10), "f4", external=[("/etc/passwd", 0, 3920)])),
        "keeps its data in other files",
    ),
    "virtual dataset": (replaced(virtual), "keeps its data in other files"),
    "shape of 5 GiB": (
        replaced(lambda f: f.create_dataset(
            KERNEL, (1_342_177_280,), "f4", chunks=(1024,), compression="gzip")),
        "compressed or not all in the file",
    ),
    "shape without data": (
        replaced(lambda f: f.create_dataset(KERNEL, (300_000_000,), "f4")),
        "compressed or not all in the file",
    ),
    "compression bomb": (
        replaced(lambda f: f.create_dataset(
            KERNEL, data=np.zeros(5_000_000, "f4"), chunks=(1_000_000,), compression="gzip")),
        "compressed or not all in the file",
    ),
    "strings for weights": (
        replaced(lambda f: f.create_dataset(KERNEL, data=["a"] * 980)), "not numbers",
    ),
    "references for weights": (
        replaced(lambda f: f.create_dataset(KERNEL, (980,), dtype=h5py.ref_dtype)), "not numbers",
    ),
    "compound weights": (
        replaced(lambda f: f.create_dataset(KERNEL, (980,), dtype=[("a", "f4")])), "not numbers",
    ),
    "too few weights": (
        replaced(lambda f: f.create_dataset(KERNEL, data=np.zeros((98, 9), "f4"))),
        "dense_1 needs 990 numbers, the file holds 892",
    ),
    "kernel missing": (replaced(lambda f: None), "damaged"),
    "group for a kernel": (replaced(lambda f: f.create_group(KERNEL)), "damaged"),
    "layer missing": (lambda f: f.__delitem__("model_weights/dense_1"), "damaged"),
    "no weights": (lambda f: f.__delitem__("model_weights"), "holds no Keras model"),
    "linked twice": (lambda f: f.__setitem__("again", f["model_weights"]), "linked twice"),
    "cycle": (lambda f: f["model_weights"].__setitem__("up", f["/"]), "linked twice|too deep"),
    "deep groups": (nest, "nested too deep"),
    "weights of another layer": (
        lambda f: f["model_weights/flatten_1"].attrs.__setitem__(
            "weight_names", ["/model_weights/dense_1/dense_1/bias"]),
        "flatten_1 needs 0 numbers",
    ),
    "extra layer": (extra_layer, "weights of 'extra', which its network does not have"),
    "named type": (lambda f: f.__setitem__("type", np.dtype("f8")), "neither a group nor an array"),
    "not a number": (nan, "weights that are not finite numbers"),
    "flipped weight": (
        lambda f: f[KERNEL].__setitem__((3, 3), f[KERNEL][3, 3] + 1e-6), "SHA-256 differs",
    ),
    "other digest": (attribute(DIGEST_ATTRIBUTE, "0" * 64), "SHA-256 differs"),
    "no digest": (lambda f: f.attrs.__delitem__(DIGEST_ATTRIBUTE), "SHA-256 differs"),
    "spec is no YAML": (spec("name: [unclosed"), "the spec inside .* is not valid"),
    "spec runs Python": (
        spec(SPEC + "description: !!python/object/apply:os.system ['touch executed']\n"),
        "the tag .* is not part of the language",
    ),
    "spec with an alias bomb": (
        spec("a: &a [x, x]\nb: &b [*a, *a]\n"), "anchors and aliases",
    ),
    "spec with an unknown layer": (spec(SPEC.replace("conv2d", "lambda")), "unknown layer"),
    "spec of another network": (
        spec(SPEC.replace("filters: 2", "filters: 4")), "needs 304 numbers",
    ),
    "spec with absurd sizes": (
        spec(SPEC.replace("filters: 2", "filters: 1000000")), "needs 76,000,000 numbers",
    ),
    "spec beyond all sizes": (
        spec(SPEC.replace("- flatten", "- flatten\n    - dense: {units: 1000000}\n"
                          "    - dense: {units: 1000000}")),
        "parameters, most of them here",
    ),
    "flipped spec": (
        attribute(SPEC_ATTRIBUTE, SPEC.replace("strides: 4", "strides: 5")),
        "its spec is not the one that was written",
    ),
    "no spec": (
        lambda f: f.attrs.__delitem__(SPEC_ATTRIBUTE), "its spec is not the one that was written",
    ),
    "no digest of the spec": (
        lambda f: f.attrs.__delitem__(SPEC_DIGEST_ATTRIBUTE),
        "its spec is not the one that was written",
    ),
    "spec as numbers": (attribute(SPEC_ATTRIBUTE, np.arange(5)), "no text of a fair size"),
    "spec too long": (spec(SPEC + "#" * 50_000 + "\n" + "x: &a 1\n"), "anchors"),
    "attribute of references": (
        lambda f: f.attrs.create("ref", f["model_weights"].ref, dtype=h5py.ref_dtype), "references",
    ),
}  # fmt: skip


def config(change: Callable[[list[dict[str, Any]]], Any]) -> str:
    """The config with its layers changed."""
    copy = json.loads(json.dumps(CONFIG))
    change(copy["config"]["layers"])
    return json.dumps(copy)


HOSTILE_CONFIGS: dict[str, tuple[str, str]] = {
    "Lambda": (
        config(lambda rows: rows.insert(2, {
            "class_name": "Lambda", "module": "keras.layers",
            "config": {"name": "l", "function": {
                "class_name": "__lambda__", "config": {"code": "4wAA"}}}})),
        r"layer 3 \(Lambda\) is none of",
    ),
    "StringLookup (CVE-2025-12058)": (
        config(lambda rows: rows.insert(2, {
            "class_name": "StringLookup",
            "config": {"name": "s", "vocabulary": "/etc/passwd"}})),
        "StringLookup",
    ),
    "TFSMLayer (CVE-2026-1462)": (
        config(lambda rows: rows.insert(2, {
            "class_name": "TFSMLayer", "config": {"name": "t", "filepath": "/tmp/x"}})),
        "TFSMLayer",
    ),
    "TorchModuleWrapper (CVE-2025-49655)": (
        config(lambda rows: rows.insert(2, {
            "class_name": "TorchModuleWrapper", "config": {"name": "t", "module": "gASV"}})),
        "TorchModuleWrapper",
    ),
    "a function of a module (CVE-2025-1550)": (
        config(lambda rows: rows.insert(2, {
            "class_name": "function", "module": "os", "config": "system"})),
        "is none of",
    ),
    "Keras' own functions (CVE-2025-8747, CVE-2025-9906)": (
        config(lambda rows: rows[1].update(
            module="keras.config", class_name="enable_unsafe_deserialization")),
        "is none of",
    ),
    "a layer of another module": (
        config(lambda rows: rows[1].update(module="builtins")), "comes from 'builtins'",
    ),
    "a custom object": (
        config(lambda rows: rows[1].update(registered_name="Evil>Conv2D")), "is a custom object",
    ),
    "a function for an activation": (
        config(lambda rows: rows[1]["config"].update(activation={
            "class_name": "function", "module": "os", "config": "system"})),
        "activation",
    ),
    "absurd sizes": (
        config(lambda rows: rows[1]["config"].update(filters=999_999)), "needs 75,999,924 numbers",
    ),
    "sizes beyond the limits": (
        config(lambda rows: rows[1]["config"].update(filters=60_000_000)), "filters",
    ),
    "a name given twice": (
        config(lambda rows: rows[2]["config"].update(name="conv2d_1")), "the same name",
    ),
    "no list of layers": (json.dumps(CONFIG | {"config": 3}), "lists no layers"),
    "an unknown kind of model": (json.dumps(CONFIG | {"class_name": ["x"]}), "Sequential or"),
    "a class name that is a list": (
        config(lambda rows: rows[1].update(class_name=["Conv2D"])), "is none of",
    ),
    "a config that is a list": (config(lambda rows: rows[1].update(config=[1])), "has no config"),
    "a list": ("[1, 2]", "expected a Sequential"),
    "no JSON": ("{", "is not JSON"),
    "nested without end": ("[" * 100_000, "is not JSON|is too large|damaged"),
    "an input of another shape": (
        config(lambda rows: rows[0]["config"].update(batch_shape=[None, 28, 28, 1])),
        "expected images of",
    ),
    "an input without a shape": (
        config(lambda rows: rows[0].update(config={"batch_shape": 7})), "not one that Keras writes",
    ),
}  # fmt: skip


def linked_out(file: h5py.File) -> None:
    del file["layers/dense_1/vars/0"]
    file["layers/dense_1/vars/0"] = h5py.ExternalLink("/etc/hosts", "x")


HOSTILE_ARCHIVES: dict[str, tuple[dict[str, Any], str]] = {
    "path traversal": ({"../../evil.py": b"x"}, "differs in"),
    "assets": ({"assets/vocabulary.txt": b"x"}, "differs in"),
    "no config": ({"config.json": None}, "differs in"),
    "no weights": ({"model.weights.h5": None}, "differs in"),
    "weights that are a pickle": ({"model.weights.h5": pickle.dumps([1])}, "damaged"),
    "weights that are cut": ({"model.weights.h5": inner_h5()[:3000]}, "damaged"),
    "weights linked out of the file": ({"model.weights.h5": inner_h5(linked_out)}, "ExternalLink"),
    "a config that is not text": ({"config.json": b"\xff\xfe\x00"}, "damaged"),
    "a config larger than any network's": ({"config.json": b" " * 5_000_000}, "larger than any"),
}
