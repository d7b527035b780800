"""The record of a run, `record.json`: what made it, so that it can be understood and repeated."""

import json
import os
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError

from cifarcnn.errors import UserError
from cifarcnn.files.atomic import write_json
from cifarcnn.user_code.installed import InstalledPlugin

_LARGEST = 1024**2
"""Bytes of a record; those that are written have a few thousand."""

Text = InstanceOf[str]
"""Any text; pydantic's own `str` refuses a path with a byte that is not UTF-8."""


class _Part(BaseModel):
    """Keys of a record. Most may be missing, as in what an earlier version wrote."""

    model_config = ConfigDict(frozen=True)


class Machine(_Part):
    """The computer; what else a record says of it is kept."""

    model_config = ConfigDict(extra="allow")

    system: Text | None = None
    processor: Text | None = None
    cores: int | None = None
    python: Text | None = None


class Code(_Part):
    """A file given with `--code`."""

    path: Text
    sha256: Text


class Device(_Part):
    """What the run was trained on."""

    used: Text | None = None
    why: Text | None = None


class Data(_Part):
    """Where the images came from."""

    source: Text | None = None
    sha256: Text | None = None


class InitFrom(_Part):
    """The checkpoint whose weights the run began with."""

    checkpoint: Text | None = None
    digest: Text | None = None


class Record(_Part):
    """Command, machine, code, versions, device, switches and data of a run, in the file's order."""

    command: list[Text] = []
    started: Text | None = None
    """ISO 8601, in UTC."""
    machine: Machine = Machine()
    code: list[Code] = []
    plugins: list[InstalledPlugin] = []
    versions: dict[Text, Text] = {}
    backend: Text | None = None
    device: Device = Device()
    switches: dict[Text, Text] = {}
    """Environment variables and settings that change the arithmetic or the speed."""
    data: Data = Data()
    init_from: InitFrom | None = None


def read_record(path: Path) -> Record:
    """Read `record.json` back; a key whose value is of a wrong type counts as missing.

    Raises:
        UserError: it cannot be read, or is not a JSON object.
    """
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not the record of a run: {error}") from error
    if not isinstance(data, dict):
        raise UserError(f"{path} is not the record of a run")
    try:
        return Record.model_validate(data)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors()}
        return Record.model_validate({key: data[key] for key in data if key not in wrong})


def write_record(path: Path, record: Record) -> None:
    """Write `record.json`."""
    write_json(path, record.model_dump(exclude_unset=True))


def record_switch(path: Path, name: str, value: str) -> None:
    """Add a switch that is known only once the network is built; nothing if there is no record.

    Nor if what lies there is no record that could be written; it may come from a stranger.
    """
    with suppress(UserError, ValueError):
        record = read_record(path)
        switches = record.switches | {name: value}
        write_record(path, record.model_copy(update={"switches": switches}))


def environment_record() -> dict[str, Any]:
    """The command, the time and the machine."""
    return {
        "command": sys.argv,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "processor": processor_name(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


def processor_name() -> str:
    """The processor as the system names it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a system file
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
