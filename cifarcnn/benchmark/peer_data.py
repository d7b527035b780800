"""The training images of a spec as a file that any script can read.

`python -m cifarcnn.benchmark.peer_data SPEC FILE.npz` is a process of its own, so that the one that
starts all others stays small.
"""

from pathlib import Path

from cifarcnn.benchmark.child_options import run_child


def write_peer_data(spec_file: Path, file: Path, data_dir: Path | None) -> None:
    """Write `images` (`uint8`, (N, 32, 32, 3)) and `labels` (`uint8`, (N,)) as an .npz archive.

    They are those that the network of the spec learns from, in the order of the data set.

    Raises:
        UserError: the data is not usable.
    """
    import numpy as np

    from cifarcnn.data.load import load_dataset
    from cifarcnn.data.splits import split_dataset
    from cifarcnn.language.load import load_resolved

    spec = load_resolved(spec_file)
    train = split_dataset(load_dataset(spec.data.dataset, data_dir), spec.data, spec.seed).train
    np.savez(file, images=train.images, labels=train.labels)


if __name__ == "__main__":
    run_child(__doc__ or "", write_peer_data)
