"""Random damage to files: what disks, transfers and people do to them, and worse."""

import random


def mutated(whole: bytes, dice: random.Random, *, keep: int = 0) -> bytes:
    """A damaged copy, one to three times by a random kind; the first `keep` bytes stay."""
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if len(data) > keep + 1:
            dice.choice((_flip, _flip, _flip, _overwrite, _cut, _insert, _swap, _remove))(
                data, dice, keep
            )
    return bytes(data)


def _flip(data: bytearray, dice: random.Random, keep: int) -> None:
    for _ in range(dice.choice((1, 1, 2, 5))):
        data[dice.randrange(keep, len(data))] ^= 1 << dice.randrange(8)


def _overwrite(data: bytearray, dice: random.Random, keep: int) -> None:
    start, end = _run(data, dice, keep)
    kind = dice.randrange(3)
    for place in range(start, end):
        data[place] = (0, 255, dice.randrange(256))[kind]


def _cut(data: bytearray, dice: random.Random, keep: int) -> None:
    del data[dice.randrange(keep, len(data)) :]


def _insert(data: bytearray, dice: random.Random, keep: int) -> None:
    place = dice.randrange(keep, len(data))
    data[place:place] = dice.randbytes(dice.choice((1, 8, 100)))


def _remove(data: bytearray, dice: random.Random, keep: int) -> None:
    start, end = _run(data, dice, keep)
    del data[start:end]


def _swap(data: bytearray, dice: random.Random, keep: int) -> None:
    size = dice.choice((8, 64, 512))
    one, other = (dice.randrange(keep, len(data)) for _ in range(2))
    if abs(one - other) >= size and max(one, other) + size <= len(data):
        data[one : one + size], data[other : other + size] = (
            data[other : other + size],
            data[one : one + size],
        )


def _run(data: bytearray, dice: random.Random, keep: int) -> tuple[int, int]:
    start = dice.randrange(keep, len(data))
    return start, min(len(data), start + dice.choice((1, 4, 16, 100, 1000)))
