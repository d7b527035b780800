"""Plug-ins of installed packages, found by the entry point group `cifarcnn.plugins`."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.run import run_cifarcnn


@pytest.fixture
def site(examples: Path) -> Path:
    """The examples as pip would install them: modules, and the entry points of pyproject.toml."""
    project = tomllib.loads((examples / "pyproject.toml").read_text())["project"]
    info = examples / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {module}" for name, module in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return examples


def run(site: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    path = f"{site}:{Path(__file__).parents[2]}"
    return run_cifarcnn(site, *args, PYTHONPATH=path)


def test_layers_callbacks_and_schedules_of_an_installed_package_are_known(site: Path) -> None:
    for spec in ("locally_connected.yaml", "my_training.yaml"):
        result = run(site, "describe", spec, "--json")
        assert (result.returncode, result.stderr) == (0, "")
        assert json.loads(result.stdout)["parameters"] in (151_498, 17_226)


def test_one_that_fails_is_named_with_its_distribution(site: Path) -> None:
    with (site / "my_training.py").open("a") as file:
        file.write("\n\nundefined\n")
    number = len((site / "my_training.py").read_text().splitlines())
    result = run(site, "list-configs")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"error: the plug-in my-cifarcnn-plugins 1.0 fails: my_training.py:{number}: NameError: "
        "name 'undefined' is not defined\n"
        "  repair it, or remove it: pip uninstall my-cifarcnn-plugins\n"
    )
    assert run(site, "--help").returncode == 0


def test_one_whose_module_is_missing_is_named(site: Path) -> None:
    (site / "my_training.py").unlink()
    result = run(site, "describe", "basic")
    assert result.returncode == 2
    assert result.stderr.startswith(
        "error: the plug-in my-cifarcnn-plugins 1.0 fails: ModuleNotFoundError: No module named "
        "'my_training'\n"
    )


@pytest.mark.parametrize(
    ("statement", "framework", "place"),
    [
        ("import keras", "keras", "my_training.py:1"),
        ("import tensorflow", "tensorflow", "my_training.py:1"),
        ("if True:\n    import keras", "keras", "my_training.py"),  # as through another module
    ],
)
def test_one_that_imports_a_framework_at_once_is_told_where_to(
    site: Path, statement: str, framework: str, place: str
) -> None:
    code = site / "my_training.py"
    code.write_text(f"{statement}\n{code.read_text()}")
    result = run(site, "describe", "basic")
    assert result.returncode == 2
    assert (
        f"{place}: imports {framework} when it is read, before a device is chosen: "
        f"import {framework} inside build()"
    ) in result.stderr


def test_a_name_that_an_installed_plugin_has_is_not_free_for_a_file(site: Path) -> None:
    result = run(site, "describe", "basic", "--code", "locally_connected2d.py")
    assert result.returncode == 2
    assert result.stderr.startswith("error: locally_connected2d.py:")
    assert "layer 'locally_connected2d' is already registered by locally_connected2d." in (
        result.stderr
    )


def test_what_an_author_imports_brings_no_framework() -> None:
    program = """
import sys
import cifarcnn.plugins as plugins
for name in plugins.__all__:
    getattr(plugins, name)
heavy = {"tensorflow", "keras", "numpy", "h5py", "matplotlib"}
sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
