"""Ten thousand damaged checkpoints: refused or unharmed, never a crash and never other numbers."""

import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cifarcnn.checkpoints import read
from cifarcnn.checkpoints.read import CheckpointFile, ForeignNetworkError, read_checkpoint_file
from cifarcnn.errors import UserError
from cifarcnn.processes.run_module import Ended
from tests.support.mutations import mutated
from tests.support.paths import SUPPORT

MAKE = """
import sys
import keras
from pathlib import Path
from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.networks.build import build_network, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.language.load import load_spec

spec = load_spec("small.yaml")
layers = spec.model.layers
keras.utils.set_random_seed(3)
network = build_network("small", pixel_rescaling(spec.data), without_softmax(layers))
write_checkpoint(Path("ours.h5"), spec, network)
build_network("small", pixel_rescaling(spec.data), layers, twin=True).save("plain.keras")
"""
SPEC = """\
name: small
data: {dataset: demo}
model:
  layers:
    - conv2d: {filters: 2, kernel_size: 5, strides: 4, activation: relu}
    - batch_normalization
    - flatten
    - dense: {units: 10, activation: softmax}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of ours and one of plain Keras, as they are written."""
    folder = tmp_path_factory.mktemp("mutations")
    (folder / "small.yaml").write_text(SPEC)
    subprocess.run([sys.executable, "-c", MAKE], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The child process of reading is forked from a server instead of started anew."""
    server = subprocess.Popen(
        [sys.executable, SUPPORT / "fork_server.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin and server.stdout

    def run(module: str, *words: object, **more: object) -> Ended:
        assert server.stdin and server.stdout
        server.stdin.write(json.dumps([str(word) for word in words]) + "\n")
        server.stdin.flush()
        return Ended(*json.loads(server.stdout.readline()))

    monkeypatch.setattr(read, "run_module", run)
    yield
    server.stdin.close()
    server.wait(timeout=30)
    server.stdout.close()


@pytest.mark.parametrize("name", ["ours.h5", "plain.keras"])
def test_ten_thousand_mutations_of_checkpoints(folder: Path, forked: None, name: str) -> None:
    """5,000 of each kind, through forked processes that run the sandbox as it is."""
    outcomes = outcomes_of(folder / name, 5_000)
    print(f"\n{name}: {dict(outcomes.most_common())}")
    assert outcomes.total() == 5_000
    assert outcomes["damaged"] > 500 and outcomes["unharmed"] > 50


@pytest.mark.parametrize("name", ["ours.h5", "plain.keras"])
def test_mutations_through_the_real_child_process(folder: Path, name: str) -> None:
    outcomes = outcomes_of(folder / name, 150)
    print(f"\n{name}, real processes: {dict(outcomes.most_common())}")
    assert outcomes.total() == 150


def outcomes_of(path: Path, count: int) -> Counter[str]:
    """Read so many damaged copies of a checkpoint; each must be refused, or read as it was."""
    whole, good = path.read_bytes(), read_checkpoint_file(path)
    mutant = path.with_name(f"mutant{path.suffix}")
    dice = random.Random(path.name)
    outcomes: Counter[str] = Counter()
    for number in range(count):
        mutant.write_bytes(mutated(whole, dice))
        try:
            outcomes[outcome(mutant, good)] += 1
        except Exception as error:
            kept = mutant.rename(path.with_name(f"failed-{number}{path.suffix}"))
            raise AssertionError(f"mutant {number}, kept as {kept}") from error
    return outcomes


def outcome(path: Path, good: CheckpointFile) -> str:
    """What becomes of a damaged file, in a word."""
    try:
        file = read_checkpoint_file(path)
    except ForeignNetworkError as error:
        assert "\n" not in error.message
        return "another network"
    except UserError as error:
        assert "\n" not in str(error) and str(path) in str(error)
        for reason in ("crashes", "seconds", "too long", "memory"):
            if reason in error.message:
                return f"refused: {re.sub('[0-9]+', 'N', error.message.partition(': ')[2])}"
        damaged = " damaged" in error.message or "not a checkpoint" in error.message
        return "damaged" if damaged else "refused"
    assert file.spec == good.spec and file.layers == good.layers
    for one, other in zip(file.weights, good.weights, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    return "unharmed"
