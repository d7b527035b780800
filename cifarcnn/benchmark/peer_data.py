"""The training images of a spec as a file that any script can read.

`python -m cifarcnn.benchmark.peer_data SPEC FILE.npz` is a process of its own, so that the one that
starts all others stays small.
"""

import argparse
import sys
from pathlib import Path

from cifarcnn.errors import CifarcnnError


def write_peer_data(spec_file: Path, file: Path, data_dir: Path | None) -> None:
    """Write `images` (`uint8`, (N, 32, 32, 3)) and `labels` (`uint8`, (N,)) as an .npz archive.

    They are those that the network of the spec learns from, in the order of the data set.

    Raises:
        UserError: the data is not usable.
    """
    import numpy as np

    from cifarcnn.data.load import load_dataset
    from cifarcnn.data.splits import split_dataset
    from cifarcnn.spec.load import load_resolved

    spec = load_resolved(spec_file)
    train = split_dataset(load_dataset(spec.data.dataset, data_dir), spec.data, spec.seed).train
    np.savez(file, images=train.images, labels=train.labels)


def main() -> None:
    """Write the file; what goes wrong is on standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--code", type=Path, action="append", default=[])
    options = parser.parse_args()
    try:
        for path in options.code:
            from cifarcnn.user_code.files import run_code_file

            run_code_file(path)
        write_peer_data(options.spec, options.file, options.data_dir)
    except CifarcnnError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
