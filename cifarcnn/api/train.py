"""`cifarcnn.train`."""

from cifarcnn.api.arguments import (
    Files,
    PathLike,
    Settings,
    SpecLike,
    as_optional_path,
    overrides_of,
    run_code,
    source_of,
)
from cifarcnn.api.calls import listening, using_keras
from cifarcnn.api.run import Run
from cifarcnn.api.warn import problem_line
from cifarcnn.language.checking.validate import validate
from cifarcnn.language.load import load_document, told_with_places
from cifarcnn.training import train as training


def train(
    spec: SpecLike,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    deterministic: bool | None = None,
    device: str | None = None,
    backend: str | None = None,
    set: Settings = None,
    output: PathLike | None = None,
    init_from: PathLike | None = None,
    data_dir: PathLike | None = None,
    code: Files = (),
    progress: bool = False,
) -> Run:
    """Train the network of a spec and score it on the test set, as `cifarcnn train` does.

    Args:
        spec: The name of a shipped config, the path of a YAML file, or a spec.
        epochs: Train at most this many epochs.
        batch_size: Images per training step.
        seed: Of weights, order, dropout and split.
        deterministic: Use only operations that give the same bits every time.
        device: `auto`, `cpu`, `gpu`, `gpu:1` or `gpu:0,1`.
        backend: The engine under Keras: `tensorflow` or `jax`.
        set: Any other values by their path, such as `{"training.optimizer.adam.beta_1": 0.8}`.
        output: The run directory, which must be new or empty; by default
            `runs/<name>-<timestamp>`.
        init_from: Begin with the weights of a checkpoint instead of random ones.
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        code: Python files that register layers, callbacks or others; each runs once in a process.
        progress: Show what the command shows.

    Raises:
        UserError: the spec, an argument or the data cannot be used, or this process has started
            another backend, device or number of threads.
        Interrupted: Ctrl-C; the run can be resumed.
        CifarcnnError: the loss became NaN or infinite, or results could not be written.
    """
    with using_keras(), listening(progress) as (listener, download):
        run_code(code)
        overrides = overrides_of(
            set,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            deterministic=deterministic,
            device=device,
            backend=backend,
        )
        document = load_document(source_of(spec), overrides)
        checked = validate(document, lambda problem: listener.warning(problem_line(problem)))
        with told_with_places(document):
            directory, _ = training.train(
                checked,
                listener,
                output=as_optional_path(output),
                data_dir=as_optional_path(data_dir),
                init_from=as_optional_path(init_from),
                download=download,
            )
        return Run.open(directory.path)
