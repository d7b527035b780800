"""From a spec to a Keras model that can be trained, and the one that is scored."""

from typing import Any

import keras

from cifarcnn.language.entry_types import Optimizer
from cifarcnn.language.schema import Spec
from cifarcnn.networks.build import build_network, set_batch_normalization, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.start import Runtime
from cifarcnn.training.step_hooks import HookedModel


def compiled_network(
    spec: Spec, runtime: Runtime, optimizer: Optimizer, steps_at_once: int
) -> Any:  # a Keras model
    """The network of a spec, giving logits, with initial weights drawn from its seed."""
    keras.utils.set_random_seed(spec.seed)
    with runtime.scope():
        model = build_network(
            spec.name,
            pixel_rescaling(spec.data),
            without_softmax(spec.model.layers),
            # On JAX the step is our own; see jax_epoch.py.
            model_class=HookedModel if runtime.backend == "tensorflow" else keras.Model,
            precision=spec.runtime.precision,
        )
        set_batch_normalization(
            model,
            synchronized=runtime.replicas > 1,
            fused=spec.runtime.fused_batch_normalization,
        )
        model.compile(
            optimizer=optimizer.build(),
            loss=spec.training.loss.build(),
            metrics=["accuracy"],
            # On JAX it is a loop in Python; see jax_epoch.py.
            steps_per_execution=steps_at_once if runtime.backend == "tensorflow" else 1,
            # XLA and MirroredStrategy do not go together.
            jit_compile="auto" if runtime.replicas == 1 else False,
        )
        model.optimizer.build(model.trainable_variables)
    return model


def to_score(model: Any, runtime: Runtime) -> Any:
    """The same network, with the same variables, for `predict`.

    That of a model with several steps per execution holds what all these steps compute at once,
    which takes hundreds of megabytes more.
    """
    with runtime.scope():
        network = keras.Model(model.input, model.output)
    network.jit_compile = model.jit_compile
    return network
