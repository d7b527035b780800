"""The kinds of entries in a spec, what each must be able to do, and their registries.

To add a layer, write one class in `cifarcnn/entries/layers/` with `@LAYERS.register("its_name")`,
and one row in `tests/entries/layers/test_layer_contract.py`; other kinds alike. A new module is
named in the `__init__.py` of its kind.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from cifarcnn.language.registry import Entry, ItemOf, Registry
from cifarcnn.language.shapes import Parameters, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.language.training_images import Drawing, TrainingImages

Weights = Literal["convolution kernel", "depthwise kernel", "dense kernel", "vector"]
"""What an initializer may have to fill; biases, offsets and factors are vectors."""


class Initializer(Entry):
    """The first values of a layer's weights; random ones are drawn from the run's seed."""

    keras_module: ClassVar[str] = "initializers"

    fills: ClassVar[tuple[Weights, ...]] = (
        "convolution kernel", "depthwise kernel", "dense kernel", "vector",
    )  # fmt: skip
    """The weights that it can fill."""

    def twin(self) -> Initializer:
        """An initializer of Keras' own for the same weights, for checkpoints."""
        return self


class Regularizer(Entry):
    """A penalty that is added to the training loss; scores leave it out."""

    keras_module: ClassVar[str] = "regularizers"


class Layer(Entry):
    """A layer: its arguments, and its arithmetic in plain Python; `build` takes a Keras `name`.

    >>> from cifarcnn.plugins import LAYERS
    >>> layer = LAYERS.read({"conv2d": {"filters": 32, "kernel_size": 5}})
    >>> layer.output_shape((32, 32, 3))
    (28, 28, 32)
    >>> layer.parameters((32, 32, 3))
    Parameters(trainable=2432, non_trainable=0)
    >>> layer.macs((32, 32, 3))
    1881600
    """

    keras_module: ClassVar[str] = "layers"

    float32: ClassVar[bool] = False
    """Whether it computes in float32 in a mixed precision too."""

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """The shape that comes out for one image of `shape`.

        Raises:
            ShapeError: the layer cannot take this shape.
        """

    def parameters(self, shape: Shape) -> Parameters:
        """The parameters that it holds for inputs of `shape`."""
        return Parameters()

    def macs(self, shape: Shape) -> int:
        """Multiply-accumulates of one forward pass over one image of `shape`."""
        return 0

    def build_optimized(self, **more: Any) -> Any:
        """Build the layer for the program's own networks, which train and score.

        It computes what that of `build` does, with the same weights, but may be faster, and may
        have what a checkpoint need not know. Checkpoints and exports have `build` of the `twin`.
        """
        return self.build(**more)

    def twin(self, shape: Shape) -> Layer:
        """The same layer for inputs of `shape` in Keras' own classes, for checkpoints.

        It has the same weights in the same order, of which all may be trained.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return self.model_copy(
            update={k: v.twin() for k, v in values.items() if isinstance(v, Initializer)}
        )

    def adapt(self, keras_layer: Any, inputs: Callable[[int], Any]) -> None:
        """Give the built layer the weights that it takes from the training images, if any.

        A new run calls it before the first step. `inputs(n)` computes what reaches the layer, a
        float32 array, for the first `n` training images (or for all, if they are fewer).
        """

    def first_epochs_only(self, keras_layer: Any) -> list[tuple[Any, int]]:
        """Those variables of the built layer that train in so many first epochs only."""
        return []


class Averaged(NamedTuple):
    """Both copies of a network's state, lists of tensors; see `WeightAveraging`."""

    fast: list[Any]
    slow: list[Any]


class Augmentation(Entry):
    """A random change of the training images, drawn anew for every epoch.

    What is drawn depends on the seed, the epoch and the place in the list alone: not on the
    backend, the batch size or the number of threads.
    """

    of_keras: ClassVar[bool] = False

    @abstractmethod
    def apply(self, images: TrainingImages, drawing: Drawing) -> TrainingImages:
        """Change the images of one epoch; the arrays of `images` may be changed in place."""


class PixelAugmentation(Augmentation):
    """A change of each image's pixels that depends on its own draw alone.

    On a GPU only what was drawn is sent to the images, which lie there already.
    """

    @abstractmethod
    def draw(self, indexes: NDArray[np.int64], drawing: Drawing) -> list[NDArray[Any]]:
        """Draw for the images of an epoch: arrays of as many values as there are images.

        `indexes` are their places in the training split, in the order of the epoch.
        """

    @abstractmethod
    def change(self, pixels: Any, drawn: Sequence[Any], xp: Any) -> Any:
        """Change some of the images, `uint8` of shape (N, height, width, 3).

        `drawn` holds what was drawn for these, and `xp` is the module that has the functions of
        such arrays: `numpy`, or `jax.numpy` within a compiled step. With `numpy` several threads
        change images at once.
        """

    def apply(self, images: TrainingImages, drawing: Drawing) -> TrainingImages:
        """Change all images of an epoch in place."""
        import numpy as np

        from cifarcnn.language.training_images import in_chunks

        drawn = self.draw(images.indexes, drawing)

        def change(part: slice) -> None:
            of_part = [values[part] for values in drawn]
            images.images[part] = self.change(images.images[part], of_part, np)

        in_chunks(len(images), change)
        return images


class Loss(Entry):
    """A loss on the logits (the network's output before any softmax)."""

    keras_module: ClassVar[str] = "losses"


class TrainingLength(NamedTuple):
    """How long a whole training is; a step is one batch.

    >>> TrainingLength(epochs=40, steps_per_epoch=1407).steps
    56280
    """

    epochs: int
    steps_per_epoch: int

    @property
    def steps(self) -> int:
        """Of all epochs."""
        return self.epochs * self.steps_per_epoch


class Schedule(Entry):
    """A learning rate as a function of the step, which is the number of batches seen.

    >>> from cifarcnn.plugins import SCHEDULES
    >>> schedule = SCHEDULES.read({"cosine_decay": {"initial_learning_rate": 0.1}})
    >>> schedule.over(TrainingLength(epochs=10, steps_per_epoch=100)).settles()
    (1000, 0.0)
    """

    keras_module: ClassVar[str] = "optimizers.schedules"

    def over(self, length: TrainingLength) -> Schedule:
        """This schedule in steps, with what it leaves to the training's length filled in."""
        return self

    def settles(self) -> tuple[int, float] | None:
        """The step from which the rate stays the same, and that rate; None if it never does."""
        return None


class Optimizer(Entry):
    """An optimizer, with a number or a schedule as its `learning_rate`.

    >>> from cifarcnn.plugins import OPTIMIZERS
    >>> OPTIMIZERS.read({"adam": {"learning_rate": 0.01}}).slots()
    2
    """

    keras_module: ClassVar[str] = "optimizers"

    @abstractmethod
    def slots(self) -> int:
        """How many numbers it keeps for each trained weight, such as Adam's two moments."""

    @property
    def schedule(self) -> Schedule | None:
        """Its learning rate, if that is a schedule."""
        rate = getattr(self, "learning_rate", None)
        return rate if isinstance(rate, Schedule) else None

    def over(self, length: TrainingLength) -> Optimizer:
        """This optimizer for a training of some length; see `Schedule.over`."""
        if self.schedule is None:
            return self
        return self.model_copy(update={"learning_rate": self.schedule.over(length)})


class WeightAveraging(Entry):
    """A slow copy of the network's state that follows it step by step.

    The state is every float variable: weights, and the statistics of batch normalization with
    them. The slow copy is what is validated, scored and saved; the fast one is trained on.
    """

    of_keras: ClassVar[bool] = False

    def over(self, length: TrainingLength) -> WeightAveraging:
        """This averaging with what it leaves to the training's length filled in."""
        return self

    @abstractmethod
    def after_step(self, fast: list[Any], slow: list[Any], step: Any) -> Averaged:
        """The two copies after an optimizer step.

        `fast` and `slow` hold tensors of equal shapes; `step` counts from 1 (a tensor).
        """


@dataclass(frozen=True)
class CallbackContext:
    """What a callback may know of the run that it works for."""

    run_dir: Path
    finished_epochs: int
    """Epochs that an earlier process has trained; 0 in a new run."""
    save_checkpoint: Callable[[Any, Path], None]
    """Writes the present weights of a Keras model as a checkpoint to the given path."""


class Callback(Entry):
    """Something that acts between epochs.

    >>> from cifarcnn.plugins import CALLBACKS
    >>> CALLBACKS.read({"early_stopping": {"patience": 4}}).stop_reason()
    'stopped: no improvement of val_loss for 4 epochs'
    """

    keras_module: ClassVar[str] = "callbacks"

    output_field: ClassVar[str | None] = None
    """The argument that names what it writes inside the run directory, if it writes anything."""

    writes_folder: ClassVar[bool] = False
    """Whether that is a folder, in which other callbacks may write too."""

    extra: ClassVar[str | None] = None
    """The extra of this package, `cifarcnn[...]`, that it needs; a module has the same name."""

    state_fields: ClassVar[tuple[str, ...]] = ()
    """The attributes of the Keras callback that change in training: numbers or lists of arrays."""

    def build_for(self, context: CallbackContext) -> Any:
        """Build the Keras callback for one run."""
        return self.build()

    def could_remember(
        self, name: str, fresh: Any, value: Any, shapes: list[tuple[int, ...]]
    ) -> bool:
        """Whether a state, which may be forged, can give one of the `state_fields` this value.

        `fresh` is what training begins with; `shapes` are those of the network's weights.
        """
        return name != "best_weights" or value is None or _are_arrays(value, shapes)

    def stop_reason(self) -> str:
        """Why training ended, if this callback ended it."""
        return f"stopped by {self.entry_name}"


def _are_arrays(value: Any, shapes: list[tuple[int, ...]]) -> bool:
    return isinstance(value, list) and [array.shape for array in value] == shapes


LAYERS: Registry[Layer] = Registry("layer")
INITIALIZERS: Registry[Initializer] = Registry("initializer")
REGULARIZERS: Registry[Regularizer] = Registry("regularizer")
AUGMENTATIONS: Registry[Augmentation] = Registry("augmentation")
LOSSES: Registry[Loss] = Registry("loss")
SCHEDULES: Registry[Schedule] = Registry("schedule")
OPTIMIZERS: Registry[Optimizer] = Registry("optimizer")
WEIGHT_AVERAGING: Registry[WeightAveraging] = Registry("weight averaging")
CALLBACKS: Registry[Callback] = Registry("callback")

REGISTRIES: tuple[Registry[Any], ...] = (
    LAYERS, INITIALIZERS, REGULARIZERS, AUGMENTATIONS, LOSSES, SCHEDULES, OPTIMIZERS,
    WEIGHT_AVERAGING, CALLBACKS,
)  # fmt: skip
"""Of every kind of item that the language has."""

LayerList = Annotated[list[Annotated[Layer, ItemOf(LAYERS)]], Field(min_length=1, max_length=1000)]
"""Layers that follow each other: those of a network, or those within a composite."""
