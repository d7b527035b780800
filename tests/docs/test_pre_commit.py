"""The hooks of pre-commit are commands of the documentation."""

import yaml

from tests.support.paths import ROOT

CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


def test_every_hook_runs_a_tool_that_contributors_install() -> None:
    group = (
        (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[dependency-groups]")[2]
    )
    (local,) = CONFIG["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        assert hook["language"] == "system"
        tool = hook["entry"].split()[0]
        assert tool == "python" or {"lint-imports": "import-linter"}.get(tool, tool) in group


def test_the_hooks_are_the_checks_of_ci() -> None:
    steps = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for hook in CONFIG["repos"][0]["hooks"]:
        assert hook["entry"].replace(" --force-exclude", "") in steps
