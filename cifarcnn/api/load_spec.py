"""`cifarcnn.load_spec`."""

from cifarcnn.api.arguments import Files, Settings, SpecLike, overrides_of, run_code, source_of
from cifarcnn.api.calls import with_errors
from cifarcnn.api.warn import warn_of
from cifarcnn.language.load import load_spec as load
from cifarcnn.language.schema import Spec


def load_spec(
    spec: SpecLike,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    deterministic: bool | None = None,
    device: str | None = None,
    backend: str | None = None,
    set: Settings = None,
    code: Files = (),
) -> Spec:
    """Read and check a spec, with values set over it.

    Args:
        spec: The name of a shipped config, the path of a YAML file, or a spec.
        epochs: Train at most this many epochs.
        batch_size: Images per training step.
        seed: Of weights, order, dropout and split.
        deterministic: Use only operations that give the same bits every time.
        device: `auto`, `cpu`, `gpu`, `gpu:1` or `gpu:0,1`.
        backend: The engine under Keras: `tensorflow` or `jax`.
        set: Any other values by their path, such as `{"training.optimizer.adam.beta_1": 0.8}`.
        code: Python files that register layers, callbacks or others; each runs once in a process.

    Raises:
        UserError: there is no such spec, or it has mistakes; the error lists them all.
    """
    with with_errors():
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
        return load(source_of(spec), overrides, warn_of)
