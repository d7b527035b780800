"""Which of the networks that the scripts of the peers know a spec trains."""

from pathlib import Path

from cifarcnn.errors import UserError
from cifarcnn.language.differences import differing_keys
from cifarcnn.language.load import load_resolved
from cifarcnn.language.problems import listed
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.schema import Spec

PEERS = {name: Path(__file__).parent / "peers" / f"{name}_script.py" for name in ("keras", "torch")}
"""The scripts, by the word of `--vs`."""

NETWORKS = ("deeper_3x3", "basic", "vgg")
"""The shipped configs that are written in each script, with their optimizers."""

_WRITTEN = (
    "model.layers", "data.pixels", "training.loss", "training.optimizer",
    "training.weight_averaging", "runtime.precision",
)  # fmt: skip
"""What the scripts repeat of a config, so that it must be the same."""


def network_of_peers(spec: Spec) -> str:
    """The network of the scripts that is exactly that of a spec, trained in the same way.

    Raises:
        UserError: there is none; says which there are, or what differs.
    """
    shipped = shipped_configs()
    differing = {
        name: [key for key in differing_keys(spec, load_resolved(shipped[name])) if key in _WRITTEN]
        for name in NETWORKS
    }
    for name, keys in differing.items():
        if not keys:
            return name
    if spec.name in NETWORKS:
        keys = differing[spec.name]
        raise UserError(
            f"--vs: the scripts have {spec.name} as it is shipped, but {listed(keys, 'and')} "
            f"{'differs' if len(keys) == 1 else 'differ'}"
        )
    raise UserError(
        f"--vs: the scripts, which are written by hand, have only {listed(NETWORKS, 'and')}; "
        f"{spec.name} is none of these networks"
    )
