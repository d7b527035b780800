"""What `import cifarcnn` gives, and what it costs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import cifarcnn

FUNCTIONS = {
    "load_spec", "train", "resume", "repeat", "evaluate", "predict", "compare", "export",
    "list_configs", "describe", "check",
}  # fmt: skip

HEAVY = {"tensorflow", "keras", "jax", "numpy", "matplotlib", "h5py", "pydantic", "yaml", "rich"}


def modules_after(code: str) -> set[str]:
    """The top-level modules of a fresh process that has run some code."""
    program = f"{code}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_importing_the_package_is_light() -> None:
    assert modules_after("import cifarcnn; dir(cifarcnn)").isdisjoint(HEAVY | {"click"})


def test_what_only_reads_specs_imports_no_framework() -> None:
    modules = modules_after(
        "import cifarcnn\n"
        "cifarcnn.list_configs(), repr(cifarcnn.describe('basic')), cifarcnn.check('basic')\n"
        "cifarcnn.load_spec('basic')"
    )
    assert modules.isdisjoint({"tensorflow", "keras", "jax", "matplotlib", "h5py", "click"})


def test_every_public_name_is_there() -> None:
    assert set(cifarcnn.__all__) >= FUNCTIONS
    for name in cifarcnn.__all__:
        found = getattr(cifarcnn, name)
        assert callable(found) and found.__doc__, name
        assert name in dir(cifarcnn)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'cifarcnn' has no attribute 'trian'"):
        cifarcnn.trian  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    assert cifarcnn.__file__
    tree = ast.parse(Path(cifarcnn.__file__).read_text())
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) ==
        "TYPE_CHECKING"
    )  # fmt: skip
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    places = {name: f"cifarcnn.{place}" for place, names in cifarcnn._PLACES.items()
              for name in names}  # fmt: skip
    assert seen == places
    assert sorted(seen) == sorted(cifarcnn.__all__)


def test_functions_stay_functions_when_their_packages_are_imported() -> None:
    modules = modules_after(
        "import cifarcnn, cifarcnn.exporting.export, cifarcnn.evaluation.evaluate\n"
        "import cifarcnn.api.train, cifarcnn.cli.commands.train\n"
        f"assert all(callable(getattr(cifarcnn, name)) for name in {sorted(FUNCTIONS)})"
    )
    assert "cifarcnn" in modules
