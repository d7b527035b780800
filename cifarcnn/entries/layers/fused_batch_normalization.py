"""Batch normalization as one operation, where the backend has one."""

from typing import Any

import keras

from cifarcnn.entries.layers.gradient_scaling import faster, nothing_but_gradient

_SMALLEST_EPSILON_OF_CUDNN = 1e-5


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras' layer with the same weights; on TensorFlow a training step uses the fused kernel.

    Keras computes moments and normalization as a chain of elementwise operations and reductions.
    The results agree to rounding. Elsewhere (other backends, inputs that are no maps, several
    devices, an epsilon that cuDNN does not take) it computes as Keras does.

    Attributes:
        fused: Whether to use the fused kernel where it can be used.
    """

    def __init__(self, beta_learning_rate_multiplier: float = 1.0, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.fused = True
        self._multiplier = beta_learning_rate_multiplier

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalize maps of shape (N, height, width, channels), or vectors (N, channels)."""
        if training and self._can_fuse(inputs):
            return self._fused(inputs)
        output = super().call(inputs, training=training, mask=mask)
        if not training or self._multiplier == 1 or not self.center:
            return output
        further = nothing_but_gradient(self.beta, self._multiplier - 1)
        # In float32, or the gradient of beta would be summed over all positions in half precision.
        return keras.ops.cast(keras.ops.cast(output, "float32") + further, output.dtype)

    def _can_fuse(self, inputs: Any) -> bool:
        if not self.fused or self.synchronized or not self.trainable or len(inputs.shape) != 4:
            return False
        if keras.backend.backend() != "tensorflow":
            return False

        import tensorflow as tf

        return self.epsilon > _SMALLEST_EPSILON_OF_CUDNN or not tf.config.list_logical_devices(
            "GPU"
        )

    def _fused(self, inputs: Any) -> Any:
        import tensorflow as tf

        channels = inputs.shape[-1]
        beta = faster(self.beta, self._multiplier) if self.center else tf.zeros(channels)
        nothing = tf.zeros(0)
        output, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.convert_to_tensor(self.gamma) if self.scale else tf.ones(channels),
            offset=tf.convert_to_tensor(beta),
            mean=nothing,
            variance=nothing,
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel gives the variance over N - 1 values; Keras keeps that over N.
        values = tf.cast(tf.size(inputs) // channels, "float32")
        self._follow(self.moving_mean, mean)
        self._follow(self.moving_variance, variance * (values - 1) / values)
        return output

    def _follow(self, statistic: Any, of_batch: Any) -> None:
        statistic.assign(statistic * self.momentum + of_batch * (1.0 - self.momentum))
