"""The words for a device: `auto`, `cpu`, `gpu`, `gpu:1`, `gpu:0,1` (also `0`, `0,1`, `cuda:1`)."""

import re
from dataclasses import dataclass
from typing import Literal

_GPU = re.compile(r"(?:(?:gpu|cuda):)?(\d{1,3}(?:,\d{1,3})*)", re.IGNORECASE)

JSON_PATTERN = (
    r"^\s*([aA][uU][tT][oO]|[cC][pP][uU]|[gG][pP][uU]|[cC][uU][dD][aA]"
    r"|(([gG][pP][uU]|[cC][uU][dD][aA]):)?[0-9]{1,3}(,[0-9]{1,3})*)\s*$"
)
"""The same words for a JSON schema, whose patterns cannot ignore case."""


@dataclass(frozen=True)
class DeviceRequest:
    """What the user asked for; `indexes` count the visible GPUs and are empty for "any one"."""

    kind: Literal["auto", "cpu", "gpu"]
    indexes: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{','.join(map(str, self.indexes))}" if self.indexes else self.kind


def parse_device(text: str) -> DeviceRequest | None:
    """Read the words for a device; None if they are not understood or name a GPU twice."""
    word = text.strip().lower().replace(" ", "")
    if word in ("auto", "cpu"):
        return DeviceRequest("cpu" if word == "cpu" else "auto")
    if word in ("gpu", "cuda"):
        return DeviceRequest("gpu")
    if match := _GPU.fullmatch(word):
        indexes = tuple(int(index) for index in match[1].split(","))
        if len(set(indexes)) == len(indexes):
            return DeviceRequest("gpu", indexes)
    return None
