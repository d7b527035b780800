"""What a rule finds."""

from dataclasses import dataclass
from typing import Literal

from cifarcnn.language.marks import Path


@dataclass(frozen=True)
class Finding:
    """What a rule has found. A warning is of a run that would work, but be foolish."""

    path: Path
    message: str
    severity: Literal["error", "warning"] = "warning"
