"""`cifarcnn train`: a new run of a spec."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cifarcnn.data.load import begin_loading
from cifarcnn.data.splits import split_dataset
from cifarcnn.errors import UnusableValueError, UserError
from cifarcnn.files.atomic import write_text
from cifarcnn.files.lock import RunLock
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.runs.directory import RunDirectory, create_run_directory, require_free
from cifarcnn.runs.record import Record, environment_record, write_record
from cifarcnn.runs.summary import Summary
from cifarcnn.runs.untrained import removed_if_untrained
from cifarcnn.runs.user_code_record import user_code_record
from cifarcnn.runtime.backends import BACKENDS
from cifarcnn.runtime.devices import DeviceChoice, choose_device
from cifarcnn.runtime.start import start_on, versions
from cifarcnn.training.header import header_for
from cifarcnn.training.progress import Progress
from cifarcnn.training.session import Session

if TYPE_CHECKING:
    from cifarcnn.checkpoints.read import CheckpointFile
    from cifarcnn.data.progress import Progress as DownloadProgress


def train(
    spec: Spec,
    progress: Progress,
    *,
    output: Path | None = None,
    data_dir: Path | None = None,
    init_from: Path | None = None,
    download: "DownloadProgress | None" = None,
) -> tuple[RunDirectory, Summary]:
    """Train the network of a spec and score it on the test set.

    What can be wrong with the user's input is found before a directory is made, and but for damaged
    data before the framework is loaded; if the network cannot be built, the directory is removed
    again.

    Raises:
        UnusableValueError: the device is not there, or a batch is larger than the data.
        UserError: the data, the checkpoint to begin from or the output folder is not usable.
        InterruptedRunError: Ctrl-C or SIGTERM.
        CifarcnnError: the loss became NaN or infinite, or results could not be written.
    """
    device = _device(spec)
    begin = _read_init(init_from, spec) if init_from else None
    require_free(output)
    loaded = begin_loading(spec.data.dataset, data_dir, download)
    progress.waiting(f"loading {BACKENDS[spec.runtime.backend].title}")
    runtime = start_on(device, spec.runtime)
    progress.waiting("reading the data")
    splits = split_dataset(loaded(), spec.data, spec.seed)
    images = len(splits.train)
    if spec.training.batch_size > images:
        raise UnusableValueError(
            ("training", "batch_size"),
            f"expected at most the {images:,} training images, received "
            f"{spec.training.batch_size:,}",
        )
    made = output is None or not output.exists()
    directory = create_run_directory(spec.name, output)
    with (
        RunLock(directory.path, progress.warning),
        removed_if_untrained(directory, made=made, told=progress.warning),
    ):
        write_text(directory.spec, spec_to_yaml(spec))
        session = Session(spec, splits, directory, runtime, progress, data_dir)
        write_record(directory.record, _record(session, begin))
        progress.started(header_for(session))
        return directory, session.run(weights=_weights(begin, spec) if begin else None)


def _device(spec: Spec) -> DeviceChoice:
    try:
        return choose_device(spec.runtime.device)
    except UserError as error:
        raise UnusableValueError(("runtime", "device"), error.message, error.hint) from error


def _record(session: Session, begin: "CheckpointFile | None") -> Record:
    runtime = session.runtime
    return Record.model_validate(
        environment_record()
        | user_code_record()
        | {
            "versions": versions(runtime.backend),
            "backend": runtime.backend,
            "device": {"used": str(runtime.device), "why": runtime.device.reason},
            "switches": runtime.switches,
            "data": {"source": session.splits.source, "sha256": session.splits.sha256},
            "init_from": {"checkpoint": str(begin.path), "digest": begin.digest} if begin else None,
        }
    )


def _read_init(path: Path, spec: Spec) -> "CheckpointFile":
    """Read a checkpoint whose layers must match those of the spec, one by one.

    Raises:
        UserError: they do not; names the first layer that differs.
    """
    from cifarcnn.checkpoints.read import read_checkpoint_file

    begin = read_checkpoint_file(path)
    theirs = [row for row in plan_network(begin.layers).layers if row.parameters.total]
    ours = [row for row in plan_network(spec.model.layers).layers if row.parameters.total]
    for one, other in zip(ours, theirs, strict=False):
        if (type(one.layer), one.input_shape, one.output_shape, one.parameters) != (
            type(other.layer),
            other.input_shape,
            other.output_shape,
            other.parameters,
        ):
            raise UserError(
                f"--init-from {path}: its {other.name} ({other.parameters.total:,} parameters) "
                f"does not fit {one.name} ({one.parameters.total:,}) of {spec.name}"
            )
    if len(ours) != len(theirs):
        raise UserError(
            f"--init-from {path}: it has {len(theirs)} layers with weights, {spec.name} has "
            f"{len(ours)}"
        )
    return begin


def _weights(begin: "CheckpointFile", spec: Spec) -> list[Any]:
    """The weights of a checkpoint, in the order of the plan."""
    from cifarcnn.checkpoints.restore import restore_network
    from cifarcnn.networks.build import weights_in_order

    data = begin.spec.data if begin.spec else spec.data
    return weights_in_order(restore_network(begin, data), plan_network(begin.layers))
