"""A long training under constant interruption.

    python -m tests.training.soak FOLDER --minutes 120

Every sitting lengthens one run by some epochs and either ends by itself or is ended at a random
moment with SIGKILL, SIGTERM or SIGINT. What is watched: that every sitting ends as it should, that
the memory of a sitting does not grow with its epochs, that the run directory holds the same few
files, and that its history has every epoch once. Each sitting is one line of `sittings.jsonl`.
"""

import argparse
import csv
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.run import CIFARCNN

SPEC = """\
name: soak
seed: 11
data:
  dataset: demo
  validation: 0.2
  limit: 2500
  augment: [alternating_flip, {pad_and_crop: {padding: 2}}, {cutout: {size: 8}}, mixup]
model:
  layers:
    - conv2d: {filters: 8, kernel_size: 3, activation: relu}
    - max_pooling2d: {pool_size: 4}
    - batch_normalization
    - dropout: {rate: 0.3}
    - conv2d: {filters: 16, kernel_size: 3, activation: relu}
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 1
  batch_size: 50
  optimizer: {adam: {learning_rate: 0.01}}
  weight_averaging: {ema: {momentum: 0.99}}
  callbacks:
    - reduce_lr_on_plateau: {monitor: val_loss, patience: 20, min_lr: 1e-5}
    - early_stopping: {monitor: val_loss, patience: 1000000, restore_best_weights: true}
    - model_checkpoint: {filepath: best.h5, save_best_only: true}
    - csv_logger
runtime: {deterministic: true}
"""

ENDINGS = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "interrupt": signal.SIGINT}
EXIT_CODES = {
    "kill": {-signal.SIGKILL},
    "term": {143, -signal.SIGTERM},  # the latter while Python itself is starting
    "interrupt": {130, -signal.SIGINT},
    "itself": set(),
}
"""Beside 0, for a sitting that ended before it was to be ended."""
LONG_SITTING = 900
"""Seconds that a sitting may take; one in eight is given so much, the others a tenth."""


def main() -> None:
    """Run the soak and print what it found; exit 1 if anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder for the run")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    (options.folder / "soak.yaml").write_text(SPEC)
    chance = random.Random(options.seed)
    end = time.monotonic() + 60 * options.minutes
    sittings = [sit(options.folder, ["train", "soak.yaml", "--output", "run"], None)]
    while time.monotonic() < end:
        long = chance.random() < 1 / 8 and end - time.monotonic() > 2 * LONG_SITTING
        done, wanted = len(history(options.folder)), wanted_epochs(options.folder)
        target = str(max(done + chance.randint(20, 1500 if long else 300), wanted))
        limit = chance.uniform(0, LONG_SITTING if long else LONG_SITTING / 10)
        ending = (chance.choice(list(ENDINGS)), limit)
        sittings.append(sit(options.folder, ["resume", "run", "--epochs", target], ending))
    # The last one finishes what is left of the longest target, plus two epochs.
    epochs = str(wanted_epochs(options.folder) + 2)
    sittings.append(sit(options.folder, ["resume", "run", "--epochs", epochs], None))
    sys.exit(report(options.folder, sittings))


def wanted_epochs(folder: Path) -> int:
    """The epochs that the run's spec asks for by now."""
    for line in (folder / "run" / "spec.yaml").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "epochs":
            return int(value)
    raise ValueError("the run's spec names no epochs")


def sit(folder: Path, command: list[str], ending: tuple[str, float] | None) -> dict[str, Any]:
    """One process: start it, watch its memory, end it after some seconds if it is to be ended."""
    before = len(history(folder))
    started = time.monotonic()
    process = subprocess.Popen(
        [*CIFARCNN, *command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    samples: list[tuple[int, int]] = []
    sent = "itself"
    while process.poll() is None:
        samples.append((len(history(folder)), resident(process.pid)))
        if ending and sent == "itself" and time.monotonic() - started > ending[1]:
            sent = ending[0]
            process.send_signal(ENDINGS[sent])
        time.sleep(0.5)
    errors = process.communicate()[1].splitlines()
    sitting = {
        "command": command,
        "ended_by": sent,
        "exit_code": process.returncode,
        "seconds": round(time.monotonic() - started, 1),
        "epochs": len(history(folder)) - before,
        "mib": growth(samples, before),
        "files": sorted(str(p.relative_to(folder)) for p in (folder / "run").rglob("*")),
        "warnings": [line for line in errors if line.startswith(("warning", "Traceback", "Error"))],
    }
    with (folder / "sittings.jsonl").open("a") as log:
        log.write(json.dumps(sitting) + "\n")
    return sitting


def growth(samples: list[tuple[int, int]], before: int) -> list[int] | None:
    """Memory after the fifth epoch of a sitting and at its end, MiB; None if it was too short."""
    settled = [memory for epochs, memory in samples if epochs >= before + 5 and memory]
    return [settled[0], statistics.median_low(settled[-5:])] if len(settled) >= 20 else None


def resident(pid: int) -> int:
    """Resident memory of a process, MiB; 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def history(folder: Path) -> list[int]:
    """The epochs that the run's history holds."""
    try:
        with (folder / "run" / "history.csv").open(newline="") as file:
            return [int(row["epoch"]) for row in csv.DictReader(file)]
    except OSError:
        return []


def report(folder: Path, sittings: list[dict[str, Any]]) -> int:
    """Print what the soak found; 1 if something was not as it should be."""
    epochs = history(folder)
    grown = [s["mib"] for s in sittings if s["mib"]]
    wrong = [s for s in sittings if s["exit_code"] not in {0, *EXIT_CODES[s["ended_by"]]}]
    warned = [s for s in sittings if any(not _is_expected(line) for line in s["warnings"])]
    summary = json.loads((folder / "run" / "summary.json").read_text())
    complete = epochs == list(range(1, len(epochs) + 1)) and summary["epochs"] == len(epochs)
    leftovers = {name for s in sittings[-1:] for name in s["files"] if "tmp" in name}
    print(f"sittings          {len(sittings)}, {sum(s['seconds'] for s in sittings) / 3600:.2f} h")
    for ending in EXIT_CODES:
        print(f"  ended by {ending:<9}{sum(s['ended_by'] == ending for s in sittings)}")
    print(f"unexpected exits  {len(wrong)}")
    print(f"other warnings    {len(warned)}")
    print(f"epochs            {len(epochs)}, each once in order: {complete}")
    if grown:
        longest = max((s for s in sittings if s["mib"]), key=lambda s: int(s["epochs"]))
        change = [last - first for first, last in grown]
        print(f"memory            {min(min(g) for g in grown)} to {max(max(g) for g in grown)} MiB")
        print(f"  change within a sitting: median {statistics.median(change)}, {max(change)} MiB")
        print(f"  longest sitting: {longest['epochs']} epochs, {longest['mib']} MiB")
    print(f"files             {max(len(s['files']) for s in sittings)} at most, at the end:")
    print("  " + " ".join(sittings[-1]["files"]))
    return 1 if wrong or warned or leftovers or not complete else 0


def _is_expected(line: str) -> bool:
    """Whether a line of stderr only says that the user ended the run."""
    return line.startswith("Error: interrupted")


if __name__ == "__main__":
    main()
