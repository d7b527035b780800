"""Batch normalization whose offset learns faster than the other weights."""

from typing import Any

import numpy as np
import pytest

from cifarcnn.spec.kinds import LAYERS


def trained(multiplier: float, **more: Any) -> tuple[list[np.ndarray], np.ndarray]:
    """Weights after three steps of SGD with momentum, and what the network then gives."""
    import keras

    keras.utils.set_random_seed(1)
    arguments = {"beta_learning_rate_multiplier": multiplier, **more}
    values = keras.Input((6,))
    output = keras.layers.Dense(4, trainable=False)(values)
    output = LAYERS.read({"batch_normalization": arguments}).build(name="norm")(output)
    model = keras.Model(values, output)
    random = np.random.default_rng(0)
    inputs, targets = random.normal(size=(96, 6)), random.normal(2, 1, size=(96, 4))
    model.compile(
        keras.optimizers.SGD(1e-3, momentum=0.85, nesterov=True),
        # Linear, so that the gradient of beta does not depend on beta.
        loss=lambda target, value: keras.ops.mean(target * value),
    )
    model.fit(inputs, targets, batch_size=32, shuffle=False, verbose=0)
    weights = [np.asarray(weight) for weight in model.get_layer("norm").weights]
    return weights, np.asarray(model(inputs))


def test_beta_moves_as_with_a_higher_learning_rate_and_nothing_else_does() -> None:
    (gamma, beta, *statistics), _ = trained(1)
    (fast_gamma, fast_beta, *fast_statistics), _ = trained(64)
    assert np.abs(beta).min() > 0
    np.testing.assert_allclose(fast_beta, 64 * beta, rtol=1e-4)
    np.testing.assert_allclose(fast_gamma, gamma, rtol=1e-5)
    np.testing.assert_allclose(fast_statistics, statistics, rtol=1e-6)


def test_a_penalty_on_beta_is_not_multiplied() -> None:
    penalty = {"beta_regularizer": {"l2": {"l2": 5.0}}, "beta_initializer": "ones"}
    still = [
        trained(m, **penalty)[0][1] - trained(m, beta_initializer="ones")[0][1] for m in (1, 9)
    ]
    assert np.abs(still[0]).min() > 1e-3
    np.testing.assert_allclose(still[0], still[1], rtol=0.02)  # beta itself differs a little


@pytest.mark.parametrize("training", [False, True])
def test_the_output_is_that_of_plain_batch_normalization(training: bool) -> None:
    values = np.random.default_rng(0).normal(size=(8, 5, 5, 3)).astype("float32")
    layers = [
        LAYERS.read(
            {
                "batch_normalization": {
                    "beta_learning_rate_multiplier": m,
                    "beta_initializer": "ones",
                }
            }
        ).build()
        for m in (1, 64)
    ]
    plain, fast = (np.asarray(layer(values, training=training)) for layer in layers)
    assert np.array_equal(plain, fast)
