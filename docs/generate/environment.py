"""The page of the environment variables."""

from cifarcnn.data.cifar10.download import URL_VARIABLE
from cifarcnn.data.load import DATA_DIR_VARIABLE
from cifarcnn.language.marks import dotted
from cifarcnn.language.short_forms import SHORT_FORMS, variable_of
from cifarcnn.runtime.devices import VISIBLE
from docs.generate.markdown import table

VARIABLES = {
    **{
        variable_of(
            name
        ): f"`{dotted(path)}` of the spec; `--set` and `--{name.replace('_', '-')}` win over it"
        for name, path in SHORT_FORMS.items()
    },
    DATA_DIR_VARIABLE: "where CIFAR-10 is, like `--data-dir`, which wins over it",
    URL_VARIABLE: "another address to download CIFAR-10 from (https, http or file)",
    "XDG_CACHE_HOME": "the folder of caches; CIFAR-10 is downloaded into `cifarcnn` inside "
    "(default: `~/.cache`)",
    "KERAS_HOME": "where Keras keeps its data; CIFAR-10 is looked for in `datasets` inside "
    "(default: `~/.keras`)",
    VISIBLE: "which GPUs can be seen; `--device` counts these",
    "TF_ENABLE_ONEDNN_OPTS": "`1` unless set: faster kernels of oneDNN on every CPU",
    "TF_NUM_INTRAOP_THREADS": "how many threads TensorFlow uses within an operation "
    "(default: as many as there are cores); the last bits of a result depend on it",
    "TF_NUM_INTEROP_THREADS": "how many operations TensorFlow runs side by side "
    "(default: as many as there are cores)",
    "TF_FORCE_GPU_ALLOW_GROWTH": "`true` unless set: memory of a GPU is taken as it is needed",
    "PJRT_NPROC": "how many threads JAX uses (default: as many as there are cores); the last bits "
    "of a result depend on it",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "`false` unless set: JAX takes memory of a GPU as it is "
    "needed; `true` is a little faster",
    "XLA_FLAGS": "flags of JAX's compiler; `--deterministic` adds one on a GPU",
    "JAX_DEFAULT_MATMUL_PRECISION": "how exactly JAX multiplies on a GPU (default: in TF32)",
    "NVIDIA_TF32_OVERRIDE": "`0` keeps CUDA's libraries from computing in TF32",
    "JAX_PLATFORMS": "set by the program: `cpu` where no GPU is to be used",
}
"""What each variable does that the program heeds."""


def environment_page() -> str:
    """All environment variables that the program heeds."""
    rows = [(f"`{name}`", meaning) for name, meaning in VARIABLES.items()]
    return (
        "# Environment variables\n\nAn option on the command line wins over a variable.\n\n"
        f"{table(('variable', 'meaning'), rows)}\n\nOther settings of Keras and its backends that "
        "would change a result (`KERAS_BACKEND`, `keras.json`, `KERAS_MAX_EPOCHS` and their like) "
        "are set by the program itself.\n"
    )
