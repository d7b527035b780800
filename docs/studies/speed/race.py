"""Train shipped configs beside the notebook's network typed into Keras, by turns.

    python -m docs.studies.speed.race RUNS [--rounds 5] [--first-seed 7] [--configs sprint dash]
                                   [--set KEY.PATH=VALUE] [--alone | --script-without-onednn]

In every round the Keras script trains some epochs of `deeper_3x3` as the notebook did, on 50,000
images with a validation on the 10,000 test images; then each config is trained to its end, with a
seed of its own for every round, by `cifarcnn train` in a fresh process, with what is to be set.
Behind the rounds, two epochs of each config of the notebook give the pace of its curve. With
--alone there is neither the script nor the pace. With --script-without-onednn the script runs as it
does on processors where TensorFlow leaves oneDNN off, and there is no pace. What is finished in
RUNS is left alone, so the race can be stopped and started again, with the same settings.
../speed.md says what it is for.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import cifarcnn.benchmark.peers
from cifarcnn.data.load import load_dataset
from cifarcnn.files.atomic import write_json

FIRST_SEED = 7
KERAS, PACE = "keras", "pace"
NOTEBOOK = ("basic", "two_conv", "deeper_5x5", "deeper_3x3_plateau", "deeper_3x3_dense")
"""Its configs; those that differ only in what stops them are left out."""
VALIDATION_IMAGES = 10_000
KERAS_EPOCHS = 2
CIFARCNN = (sys.executable, "-m", "cifarcnn")
SCRIPT = Path(cifarcnn.benchmark.peers.__path__[0]) / "keras_script.py"


def write_images(file: Path) -> None:
    """Write the training and then the test images of CIFAR-10, as the script reads them."""
    place = os.environ.get("CIFARCNN_DATA_DIR")
    data = load_dataset("cifar10", Path(place) if place else None)
    parts = (data.train, data.test)
    written = file.with_name(f"unfinished-{file.name}")
    np.savez(
        written,
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
    )
    written.rename(file)


def race_keras(images: Path, *, onednn: bool) -> dict[str, Any]:
    """Some epochs of the script: the seconds of its process, and what it prints at its end.

    `onednn` leaves to TensorFlow whether it uses oneDNN; else it is told not to.
    """
    environment = os.environ if onednn else os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0"}
    command = [sys.executable, str(SCRIPT), "deeper_3x3", "--data", str(images)]
    command += ["--validation-images", str(VALIDATION_IMAGES), "--epochs", str(KERAS_EPOCHS)]
    began = time.time()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return {"seconds": time.time() - began, **json.loads(done.stdout.splitlines()[-1])}


def race_config(config: str, run: Path, *options: str) -> dict[str, Any]:
    """A whole training: the seconds of its process. One that was interrupted begins anew."""
    shutil.rmtree(run, ignore_errors=True)
    command = [*CIFARCNN, "train", config, "--output", str(run), "--quiet", *options]
    began = time.time()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return {"seconds": time.time() - began}


def main() -> None:
    """Run what is missing, round by round."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=Path, help="the folder of the run directories")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--configs", nargs="+", default=["sprint", "dash"])
    parser.add_argument("--set", action="append", default=[], help="for the configs", dest="sets")
    beside_or_not = parser.add_mutually_exclusive_group()
    beside_or_not.add_argument("--alone", action="store_true", help="nothing beside the configs")
    beside_or_not.add_argument("--script-without-onednn", action="store_true")
    options = parser.parse_args()

    runs: Path = options.runs
    runs.mkdir(parents=True, exist_ok=True)
    settings = runs / "race.json"
    wanted = {"set": options.sets, "alone": options.alone}
    if options.script_without_onednn:
        wanted["script_without_onednn"] = True
    if settings.exists() and json.loads(settings.read_text()) != wanted:
        parser.error(f"{runs} was begun with other settings: {settings.read_text().strip()}")
    write_json(settings, wanted)
    images = runs / "images.npz"
    if not (images.exists() or options.alone):
        write_images(images)
    beside = () if options.alone else (KERAS,)
    paced = () if options.alone or options.script_without_onednn else NOTEBOOK
    seeds = range(options.first_seed, options.first_seed + options.rounds)
    sets = [word for value in options.sets for word in ("--set", value)]
    turns = [(program, seed) for seed in seeds for program in (*beside, *options.configs)]
    for program, seed in turns + [(f"{PACE}-{config}", FIRST_SEED) for config in paced]:
        run = runs / f"{program}-seed{seed}"
        if run.with_suffix(".json").exists():
            continue
        print(run.name, flush=True)
        if program == KERAS:
            result = race_keras(images, onednn=not options.script_without_onednn)
        elif program in options.configs:
            result = race_config(program, run, "--seed", str(seed), *sets)
        else:
            result = race_config(program.removeprefix(f"{PACE}-"), run, "--epochs", "2")
        write_json(run.with_suffix(".json"), result)


if __name__ == "__main__":
    main()
