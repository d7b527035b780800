"""The sections of a spec. Every default of the language stands here or in a registry entry."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.dataset_facts import DATASETS, DatasetFacts, DatasetName
from cifarcnn.language.device import JSON_PATTERN, parse_device
from cifarcnn.language.entry_types import (
    AUGMENTATIONS,
    CALLBACKS,
    LOSSES,
    OPTIMIZERS,
    WEIGHT_AVERAGING,
    Augmentation,
    Callback,
    LayerList,
    Loss,
    Optimizer,
    WeightAveraging,
)
from cifarcnn.language.registry import STRICT, ItemOf

MAX_SEED = 2**32 - 1
MAX_EPOCHS = 1_000_000


def _validation(value: Any) -> str | float:  # what stands in the YAML file
    if value == "test":
        return "test"
    if isinstance(value, float) and 0.0 < value < 1.0:
        return value
    raise NotAcceptedError


def _device(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or parse_device(text) is None:
        raise NotAcceptedError
    return text


def _no_base(word: str | None) -> None:
    """Bases are laid under a spec file when it is read; what comes here has none left."""
    if word is not None:
        raise NotAcceptedError


Validation = Annotated[
    str | float,
    Accepts(
        _validation,
        "test, or a fraction of the training set between 0 and 1, such as 0.1",
        {
            "anyOf": [
                {"const": "test"},
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            ]
        },
    ),
]
Device = Annotated[
    str,
    Accepts(
        _device,
        "auto, cpu, gpu, gpu:1 or gpu:0,1",
        {
            "anyOf": [
                {"type": "string", "pattern": JSON_PATTERN},
                {"type": "integer", "minimum": 0, "maximum": 999},
            ]
        },
    ),
]
Extends = Annotated[
    str | None,
    Accepts(
        _no_base,
        "null, or in a spec file a shipped config or a path: a stored spec or an option "
        "extends nothing",
    ),
]


Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
"""A dtype policy of Keras."""


class DataSpec(BaseModel):
    """What to train on."""

    model_config = STRICT

    dataset: DatasetName = Field(
        "cifar10", description="cifar10, or demo: generated shapes that need no download"
    )
    validation: Validation = Field(
        0.1,
        description="fraction of the training set held out for validation (stratified, drawn "
        "from the seed), or test: validate on the test set, which then steers the training",
    )
    pixels: Literal["unit", "standard", "raw"] = Field(
        "unit",
        description="unit: 0 to 1; standard: training mean 0 and deviation 1 per channel; "
        "raw: 0 to 255",
    )
    augment: list[Annotated[Augmentation, ItemOf(AUGMENTATIONS)]] = Field(
        [], description="random changes of the training images, in this order"
    )
    limit: Annotated[int, Field(ge=10)] | None = Field(
        None, description="use only the first images of the training set, for a quick trial"
    )

    @property
    def facts(self) -> DatasetFacts:
        """What is known of the whole data set."""
        return DATASETS[self.dataset]

    @property
    def images_used(self) -> int:
        """Images of the training set that are used, before any are held out."""
        images = self.facts.train_images
        return min(self.limit or images, images)

    @property
    def images_to_train_on(self) -> int:
        """Images that are left when some are held out."""
        images = self.images_used
        if self.validation == "test":
            return images
        return images - round(float(self.validation) * images)


class ModelSpec(BaseModel):
    """The network."""

    model_config = STRICT

    layers: LayerList = Field(description="from the input to the 10 classes")


class TrainingSpec(BaseModel):
    """How to train it."""

    model_config = STRICT

    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = Field(10, description="at most this many")
    batch_size: Annotated[int, Field(ge=1, le=65_536)] = Field(32, description="images per step")
    loss: Annotated[Loss, ItemOf(LOSSES)] = Field(
        default_factory=lambda: LOSSES.read("categorical_crossentropy"),
        description="what to minimize",
    )
    optimizer: Annotated[Optimizer, ItemOf(OPTIMIZERS)] = Field(
        default_factory=lambda: OPTIMIZERS.read("adam"), description="how to minimize it"
    )
    weight_averaging: Annotated[WeightAveraging, ItemOf(WEIGHT_AVERAGING)] | None = Field(
        None, description="what to validate, score and save instead of the last step's weights"
    )
    callbacks: list[Annotated[Callback, ItemOf(CALLBACKS)]] = Field(
        [], description="what acts between epochs, in this order"
    )

    @property
    def label_smoothing(self) -> float:
        """The label smoothing of the loss; 0 if it has none."""
        return float(getattr(self.loss, "label_smoothing", 0.0))


class RuntimeSpec(BaseModel):
    """Where to train it."""

    model_config = STRICT

    backend: Literal["tensorflow", "jax"] = Field(
        "tensorflow", description="the engine under Keras; jax needs the extra cifarcnn[jax]"
    )
    device: Device = Field("auto", description="auto, cpu, gpu, gpu:1 or gpu:0,1")
    deterministic: bool = Field(
        False, description="use only operations that give the same bits every time"
    )
    precision: Precision = Field(
        "float32",
        description="of the arithmetic in training; the mixed ones, for GPUs and processors with "
        "bfloat16, keep weights, logits and scores in float32",
    )
    threads: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None,
        description="processors that one operation is spread over; default: "
        "TF_NUM_INTRAOP_THREADS, else all",
    )
    onednn: bool | None = Field(
        None,
        description="on TensorFlow: use oneDNN's kernels, which it leaves out on many processors; "
        "default: yes, unless TF_ENABLE_ONEDNN_OPTS is 0",
    )
    fused_batch_normalization: bool = Field(
        True, description="normalize batches in one operation, not in a chain of them as Keras does"
    )
    steps_per_execution: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None,
        description="steps between two looks at the training (progress, a loss that is not finite, "
        "Ctrl-C); default: as many as take about a quarter of a second, or 1 where a callback "
        "looks at every step",
    )


class Spec(BaseModel):
    """A whole spec: one network, its data and its training."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)] = Field(
        description="names the run directory"
    )
    description: Annotated[str, Field(max_length=1000)] = Field("", description="one line")
    extends: Extends = Field(
        None,
        exclude=True,
        description="another file or a shipped config; what this spec leaves out stands there",
    )
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = Field(
        7, description="of the weights, the batch order, dropout and the held-out split"
    )
    data: DataSpec = Field(default_factory=DataSpec, description=str(DataSpec.__doc__))
    model: ModelSpec = Field(description=str(ModelSpec.__doc__))
    training: TrainingSpec = Field(
        default_factory=TrainingSpec, description=str(TrainingSpec.__doc__)
    )
    runtime: RuntimeSpec = Field(default_factory=RuntimeSpec, description=str(RuntimeSpec.__doc__))
