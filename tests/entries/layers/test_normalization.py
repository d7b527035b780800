"""Batch normalization whose offset learns faster than the other weights."""

from typing import Any

import numpy as np
import pytest

from cifarcnn.language.entry_types import LAYERS


def trained(multiplier: float, **more: Any) -> tuple[list[np.ndarray], np.ndarray]:
    """Weights after three steps of SGD with momentum, and what the network then gives."""
    import keras

    keras.utils.set_random_seed(1)
    arguments = {"beta_learning_rate_multiplier": multiplier, **more}
    values = keras.Input((6,))
    output = keras.layers.Dense(4, trainable=False)(values)
    output = LAYERS.read({"batch_normalization": arguments}).build_optimized(name="norm")(output)
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
        ).build_optimized()
        for m in (1, 64)
    ]
    plain, fast = (np.asarray(layer(values, training=training)) for layer in layers)
    assert np.array_equal(plain, fast)


def after_training(fused: bool, shape: tuple[int, ...], **arguments: Any) -> list[np.ndarray]:
    """All weights of a small network with batch normalization after eight steps, and its output."""
    import keras

    keras.utils.set_random_seed(1)
    values = keras.Input(shape)
    layer = LAYERS.read({"batch_normalization": arguments}).build_optimized(name="norm")
    layer.fused = fused
    output = keras.layers.Dense(3)(keras.layers.Flatten()(layer(values)))
    model = keras.Model(values, output)
    random = np.random.default_rng(0)
    inputs, targets = random.normal(2, 3, size=(60, *shape)), random.normal(size=(60, 3))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(inputs, targets, batch_size=16, epochs=2, shuffle=False, verbose=0)
    return [*(np.asarray(weight) for weight in model.weights), np.asarray(model(inputs))]


@pytest.mark.parametrize(
    ("shape", "arguments"),
    [
        ((4, 5, 3), {}),
        ((4, 5, 3), {"epsilon": 1e-12, "momentum": 0.6}),
        ((4, 5, 3), {"scale": False, "beta_learning_rate_multiplier": 8.0}),
        ((4, 5, 3), {"center": False}),
        ((1, 1, 3), {}),
        ((6,), {}),
    ],
)
def test_one_operation_trains_as_keras_chain_does(
    shape: tuple[int, ...], arguments: dict[str, Any]
) -> None:
    for one, chain in zip(
        after_training(True, shape, **arguments),
        after_training(False, shape, **arguments),
        strict=True,
    ):
        np.testing.assert_allclose(one, chain, rtol=2e-5, atol=2e-5)


def test_maps_are_normalized_by_the_fused_operation_unless_told_otherwise() -> None:
    import tensorflow as tf

    layer = LAYERS.read("batch_normalization").build_optimized()
    layer.build((None, 4, 4, 3))

    def operations(fused: bool) -> set[str]:
        layer.fused = fused
        traced = tf.function(lambda maps: layer(maps, training=True))
        graph = traced.get_concrete_function(tf.TensorSpec((8, 4, 4, 3))).graph
        return {operation.type for operation in graph.get_operations()}

    assert "FusedBatchNormV3" in operations(True)
    assert "FusedBatchNormV3" not in operations(False)


def test_an_offset_that_is_not_there_has_no_rate() -> None:
    with pytest.raises(ValueError, match="no rate of beta without center"):
        LAYERS.read({"batch_normalization": {"center": False, "beta_learning_rate_multiplier": 64}})
