"""Small specs, and what is wrong with a text."""

from cifarcnn.language.checking.validate import inspect
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.reading.yaml_reader import read_yaml_text

TINY = """\
name: tiny
seed: 3
data: {dataset: demo, limit: 600, validation: 0.25}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 5, strides: 2, activation: relu}
    - batch_normalization
    - max_pooling2d: {pool_size: 2}
    - dropout: {rate: 0.25}
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 3
  batch_size: 64
"""
"""A spec that trains in seconds and has everything that draws random numbers."""


def problems_of(text: str) -> list[Problem]:
    """All mistakes and warnings of a spec, which is called a.yaml."""
    try:
        return inspect(read_yaml_text(text, "a.yaml")).problems
    except SpecError as error:
        return error.problems


def layer_of(item: str) -> Layer:
    """The layer of an item in YAML."""
    return LAYERS.read(read_yaml_text(item, "test").data)
