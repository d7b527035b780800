"""The record of a run: what made it, so that it can be understood and repeated."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cifarcnn.files.atomic import write_json


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


def record_switch(path: Path, name: str, value: str) -> None:
    """Add a switch that is known only once the network is built; nothing if there is no record.

    Nor if what lies there is no record that could be written; it may come from a stranger.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        record["switches"] |= {name: value}
        write_json(path, record)
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return


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
