"""The engines under Keras, and what each needs; nothing here imports one."""

from dataclasses import dataclass
from typing import get_args

from cifarcnn.errors import UserError
from cifarcnn.extras import missing_modules
from cifarcnn.language.constants import BackendName

DEFAULT_BACKEND: BackendName = "tensorflow"


@dataclass(frozen=True)
class Backend:
    """An engine by the name that Keras has for it."""

    name: BackendName
    title: str
    packages: tuple[str, ...]
    """Those whose versions a result depends on; the first one is the engine itself."""
    install: str
    """What to install where it is missing."""
    install_for_gpus: str
    threads_variable: str
    """The environment variable that holds the number of its threads."""

    def require_installed(self) -> None:
        """Check that it can be imported, without importing it.

        Raises:
            UserError: it cannot; says what to install.
        """
        if missing_modules(self.packages[:1]):
            others = [f"--backend {name}" for name in BACKENDS if name != self.name]
            raise UserError(
                f"the backend {self.name} needs {self.title}, which is not installed",
                hint=f"{self.install}, or use {' or '.join(others)}",
            )


BACKENDS: dict[BackendName, Backend] = {
    "tensorflow": Backend(
        "tensorflow",
        "TensorFlow",
        ("tensorflow",),
        "pip install tensorflow",
        "pip install 'cifarcnn[gpu]'",
        "TF_NUM_INTRAOP_THREADS",
    ),
    "jax": Backend(
        "jax",
        "JAX",
        ("jax", "jaxlib"),
        "pip install 'cifarcnn[jax]'",
        "pip install 'jax[cuda12]'",
        "PJRT_NPROC",
    ),
}
assert set(BACKENDS) == set(get_args(BackendName))
