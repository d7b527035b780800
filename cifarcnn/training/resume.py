"""`cifarcnn resume`: going on with a run as if it had never been interrupted."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cifarcnn.data.load import begin_loading
from cifarcnn.data.splits import split_dataset
from cifarcnn.errors import UserError
from cifarcnn.files.atomic import remove_leftovers, write_text
from cifarcnn.files.lock import RunLock
from cifarcnn.files.own_files import require_own_files
from cifarcnn.language.differences import differing_keys
from cifarcnn.language.entry_types import TrainingLength
from cifarcnn.language.load import load_resolved, parse_spec
from cifarcnn.language.problems import listed
from cifarcnn.language.schema import MAX_EPOCHS, Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.summary import Summary, read_summary
from cifarcnn.runs.user_code_record import require_user_code
from cifarcnn.runtime.backends import BACKENDS
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import conditions, start_on
from cifarcnn.training.header import header_for
from cifarcnn.training.progress import Progress
from cifarcnn.training.session import Session
from cifarcnn.training.state import StateStore, TrainingState

if TYPE_CHECKING:
    from cifarcnn.data.progress import Progress as DownloadProgress


def resume(
    path: Path,
    progress: Progress,
    *,
    spec: Spec | None = None,
    epochs: int | None = None,
    device: str | None = None,
    data_dir: Path | None = None,
    download: "DownloadProgress | None" = None,
) -> tuple[RunDirectory, Summary]:
    """Go on with the run in a directory; a finished run gives its summary again.

    `spec`, if given, must be that of the run; only `training.epochs` may be larger, and
    `runtime.device` another. `epochs` and `device` change just these.

    Raises:
        UserError: there is no such run, no whole state in it, a link in it leads elsewhere, its own
            code is missing, another process writes to it, the spec or the data differ from those
            of the run, or `epochs` are more than those after which a callback has ended it.
        InterruptedRunError: Ctrl-C or SIGTERM.
        CifarcnnError: the loss became NaN or infinite, or results could not be written.
    """
    directory = RunDirectory(path)
    if not path.is_dir():
        raise UserError(f"{path} is not a run directory; expected the folder of an earlier run")
    if not directory.state.is_dir():
        raise UserError(f"{path} holds no state of a training, so there is nothing to resume")
    require_own_files(path)
    with RunLock(path, progress.warning):
        remove_leftovers(path)
        require_user_code(directory.record, path, progress.warning)
        state = StateStore(directory.state).load(progress.warning)
        spec = _spec_of_run(directory, state, spec, epochs, device)
        if state.stopped or state.epoch == spec.training.epochs:
            summary = _written_summary(directory, state)
            if summary:
                progress.warning(
                    f"the run was finished after epoch {state.epoch}; nothing is left to do"
                )
                return directory, replace(summary, backend=spec.runtime.backend)
        return directory, _go_on(directory, state, spec, progress, data_dir, download)


def _written_summary(directory: RunDirectory, state: TrainingState) -> Summary | None:
    """The summary of a finished run, if it is of this state and all results were written."""
    if directory.status != "finished" or not directory.checkpoint.exists():
        return None
    summary = read_summary(directory.summary)
    return summary if summary.epochs == state.epoch else None


def _go_on(
    directory: RunDirectory,
    state: TrainingState,
    spec: Spec,
    progress: Progress,
    data_dir: Path | None,
    download: "DownloadProgress | None",
) -> Summary:
    chosen = choose_device(spec.runtime.device)
    loaded = begin_loading(spec.data.dataset, data_dir, download)
    progress.waiting(f"loading {BACKENDS[spec.runtime.backend].title}")
    runtime = start_on(chosen, spec.runtime)
    progress.waiting("reading the data")
    splits = split_dataset(loaded(), spec.data, spec.seed)
    if splits.sha256 != state.data_sha256:
        raise UserError(
            f"the data in {splits.source} is not what this run was begun with: expected SHA-256 "
            f"{state.data_sha256[:12]}..., received {splits.sha256[:12]}..."
        )
    for what, now in conditions(spec.runtime, runtime).items():
        if (before := state.versions.get(what, now)) != now:  # older states know less
            progress.warning(
                f"begun with {what} {before}, resumed with {now}: the result may differ from an "
                "unbroken run in the last bits"
            )
    state.spec = spec_to_yaml(spec)
    write_text(directory.spec, state.spec)
    session = Session(spec, splits, directory, runtime, progress, data_dir)
    progress.started(header_for(session, state.epoch))
    return session.run(state)


def _spec_of_run(
    directory: RunDirectory,
    state: TrainingState,
    given: Spec | None,
    epochs: int | None,
    device: str | None,
) -> Spec:
    """The spec that the state was made with, with what may change."""
    spec = parse_spec(state.spec, f"{directory.state} (its spec)")
    asked = {} if epochs is None else {f"--epochs {epochs}": epochs}
    for other, source in ((given, "the given spec"), (_spec_file(directory), str(directory.spec))):
        if other is None:
            continue
        differing = [key for key in differing_keys(spec, other) if key not in _MAY_CHANGE]
        if differing:
            raise UserError(
                f"{source} differs from the run in {listed(differing, 'and')}, so it cannot be "
                "resumed with it",
                hint="undo the change, or begin a new run with `cifarcnn train`",
            )
        if epochs is None and other.training.epochs != spec.training.epochs:
            asked[f"the epochs of {source}, {other.training.epochs}"] = other.training.epochs
        device = device or (other.runtime.device if other is given else None)
    for words, number in asked.items():
        _require_possible(words, number, spec, state)
    number = max(asked.values(), default=spec.training.epochs)
    if state.epoch > number:
        raise UserError(f"{directory.state} is of epoch {state.epoch}, which its spec has not")
    changes: dict[str, Any] = {"training": spec.training.model_copy(update={"epochs": number})}
    if device is not None:
        changes["runtime"] = spec.runtime.model_copy(update={"device": device})
    return spec.model_copy(update=changes)


def _require_possible(words: str, epochs: int, spec: Spec, state: TrainingState) -> None:
    """Refuse a number of epochs with which the run cannot go on; `words` say who asks for it.

    Raises:
        UserError: they are fewer than the run's or more than any run may have, a callback has ended
            the run, or it would have been another one from its start.
    """
    if epochs < spec.training.epochs:
        raise UserError(
            f"{words}: the run has {spec.training.epochs} epochs; their number may grow, not shrink"
        )
    if epochs > MAX_EPOCHS:
        raise UserError(f"{words}: expected at most {MAX_EPOCHS:,}")
    if state.stopped and epochs > state.epoch:
        raise UserError(
            f"{words}: the run is over after epoch {state.epoch} ({state.stopped}), "
            "which more epochs do not change",
            hint="begin a new run from its weights: cifarcnn train SPEC --init-from CHECKPOINT",
        )
    _require_same_past(words, epochs, spec)


def _require_same_past(words: str, epochs: int, spec: Spec) -> None:
    """Refuse more epochs where the past ones would then have been trained in another way.

    Raises:
        UserError: the learning rate's schedule or the weight averaging takes the whole training.
    """
    before, after = (TrainingLength(count, 1000) for count in (spec.training.epochs, epochs))
    for entry in (spec.training.optimizer, spec.training.weight_averaging):
        if entry is None or entry.over(before) == entry.over(after):
            continue
        name = (getattr(entry, "schedule", None) or entry).entry_name
        raise UserError(
            f"{words}: {name} spreads over all epochs of the training, so {epochs} "
            f"epochs would have been other ones from the start than {spec.training.epochs}",
            hint="begin a new run with `cifarcnn train`; with its number of steps written out "
            f"in the spec, {name} could go on",
        )


_MAY_CHANGE = ("training.epochs", "runtime.device")


def _spec_file(directory: RunDirectory) -> Spec | None:
    return load_resolved(directory.spec) if directory.spec.exists() else None
