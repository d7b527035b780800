"""Which code beside the package's own made a run, and whether it is there when the run goes on."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cifarcnn.errors import UserError
from cifarcnn.files.links import end_of_links
from cifarcnn.language.problems import listed
from cifarcnn.runs.next_command import next_command
from cifarcnn.runs.record import Record, read_record
from cifarcnn.user_code.code_option import code_files
from cifarcnn.user_code.installed import installed_plugins


def user_code_record() -> dict[str, Any]:
    """The files of `--code` with their checksums, and the installed plug-ins."""
    return {
        "code": [
            {"path": str(file.path.resolve()), "sha256": file.sha256} for file in code_files()
        ],
        "plugins": [asdict(plugin) for plugin in installed_plugins()],
    }


def require_user_code(record: Path, run: Path, warn: Callable[[str], None]) -> None:
    """Compare the code of this process with what the record of a run names.

    The record only says what was used: nothing that it names is ever run.

    Raises:
        UserError: a file that the run was trained with has not been given.
    """
    try:
        recorded = read_record(record)
    except UserError:
        recorded = Record()  # a training needs nothing that it holds
    given = code_files()
    missing = []
    for path, sha256 in ((file.path, file.sha256) for file in recorded.code):
        if any(file.sha256 == sha256 for file in given):
            continue
        if any(file.path.name == Path(path).name for file in given):
            warn(
                f"{Path(path).name} is not what this run was trained with (SHA-256 "
                f"{sha256[:12]}...): the result may differ from an unbroken run"
            )
        else:
            missing.append((path, sha256))
    if missing:
        names = [f"{path} (SHA-256 {sha256[:12]}...)" for path, sha256 in missing]
        elsewhere = [Path(path) for path, _ in missing if not _lies_in(path, run)]
        # A command to paste must not run what may have come with the run of a stranger.
        unread = [Path("FILE")] * (len(missing) - len(elsewhere))
        warning = "   (FILE came with the run: read it before you run it)" if unread else ""
        raise UserError(
            f"this run was trained with --code {listed(names, 'and')}; code is never taken from a "
            "run, so give it again",
            hint=next_command("resume", run, code=[*elsewhere, *unread]) + warning,
        )
    now = {plugin.distribution: plugin.version for plugin in installed_plugins()}
    for name, version in ((plugin.distribution, plugin.version) for plugin in recorded.plugins):
        if now.get(name) != version:
            found = f"{now[name]} is installed" if name in now else "it is not installed"
            warn(
                f"this run was trained with the plug-in {name} {version}; {found}: the result may "
                "differ from an unbroken run"
            )


def _lies_in(path: str, run: Path) -> bool:
    """Whether a path of a record leads into the run, or nobody can tell where."""
    try:
        return end_of_links(Path(path)).is_relative_to(end_of_links(run))
    except (OSError, ValueError):  # a loop of links; a null byte
        return True
