"""A spec that is written reads back as the same spec."""

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.schema import Spec, TrainingSpec
from cifarcnn.language.writing.spec_text import spec_to_data, spec_to_yaml
from tests.support.texts import NASTY

texts = (
    st.sampled_from(NASTY)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
    | st.lists(st.sampled_from([*NASTY, "a", " "]), max_size=4).map("".join).map(lambda s: s[:1000])
)
names = st.sampled_from(
    ["1e4", "on", "null", "0o17", "0x1f", "012", "1.5", "1e-4", "a-b_c.d", "true"]
)
rates = st.floats(1e-12, 1e6)
shares = st.floats(0, 1, exclude_max=True)
steps = st.integers(1, 10**12)
file_names = st.sampled_from(
    ["a b.csv", "ä.csv", "1e4", "null", "a, b", "{a}", "[b]", "ab: d", "e #f", "-", "'g'", '"h"']
)


def items(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The item with any of its arguments, or its bare name."""
    return st.fixed_dictionaries({}, optional=arguments).map(lambda given: {name: given})


schedules = st.one_of(
    st.fixed_dictionaries(
        {"initial_learning_rate": rates, "decay_steps": steps},
        optional={"alpha": shares, "warmup_target": rates | st.none()},
    ).map(lambda given: {"cosine_decay": given}),
    st.lists(steps, min_size=1, max_size=30, unique=True).map(
        lambda found: {
            "piecewise_constant_decay": {
                "boundaries": sorted(found),
                "values": [0.1] * len(found) + [1],
            }
        }
    ),
)
optimizers = st.one_of(
    st.just("nadam"),
    items("adam", learning_rate=rates | schedules, epsilon=st.floats(1e-30, 1)),
    items("sgd", learning_rate=schedules, momentum=shares, clipnorm=rates, nesterov=st.booleans()),
)
callbacks = st.one_of(
    st.just("terminate_on_nan"),
    items("csv_logger", filename=file_names, separator=st.sampled_from(list(";\t:#'~ \u2028"))),
    items("tensorboard", log_dir=file_names),
    items("early_stopping", baseline=st.none() | st.floats(allow_nan=False, allow_infinity=False)),
    st.just({"model_checkpoint": {"filepath": "{epoch:02d} # {val_loss}.h5"}}),
)
KEEPING = st.sampled_from(["batch_normalization", {"dropout": {"rate": 0.5}}])
"""Layers that keep the shape of their input, so that a residual fits."""
single_layers = st.one_of(
    items("zero_padding2d", padding=st.integers(0, 9)),
    items("max_pooling2d", padding=st.just("same"), strides=st.none() | st.integers(1, 9)),
    st.fixed_dictionaries({"scale": st.floats(-1e30, 1e30)}).map(
        lambda given: {"rescaling": given}
    ),
    shares.map(lambda rate: {"dropout": {"rate": rate}}),
    st.just("batch_normalization"),
)
layers: st.SearchStrategy[Any] = st.recursive(
    single_layers,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"times": st.integers(1, 2), "layers": st.lists(inner, min_size=1, max_size=2)}
        ).map(lambda given: {"repeat": given}),
        st.lists(KEEPING, min_size=1, max_size=3).map(
            lambda found: {"residual": {"layers": found}}
        ),
        st.fixed_dictionaries(
            {
                "layers": st.lists(KEEPING, min_size=1, max_size=2),
                "projection": st.none() | st.lists(KEEPING, min_size=1, max_size=2),
            }
        ).map(lambda given: {"residual": given}),
    ),
    max_leaves=4,
)
HEAD: list[Any] = ["flatten", {"dense": {"units": 10, "activation": "softmax"}}]
specs: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "name": names,
        "model": st.fixed_dictionaries(
            {"layers": st.lists(layers, max_size=5).map(lambda found: [*found, *HEAD])}
        ),
    },
    optional={
        "description": texts,
        "seed": st.integers(0, 2**32 - 1),
        "data": st.fixed_dictionaries(
            {},
            optional={
                "validation": st.just("test") | st.floats(0, 1, exclude_min=True, exclude_max=True),
                "limit": st.none() | st.integers(10, 10**9),
            },
        ),
        "training": st.fixed_dictionaries(
            {}, optional={"optimizer": optimizers, "callbacks": st.lists(callbacks, max_size=4)}
        ),
        "runtime": st.fixed_dictionaries(
            {}, optional={"device": st.sampled_from(["0", "0,1", "gpu:1", "auto", "cuda:0"])}
        ),
    },
)


@pytest.fixture(params=["libyaml", "pure Python"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


@pytest.mark.usefixtures("_parser")
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=specs)
def test_a_written_spec_reads_back_as_the_same_spec(data: dict[str, Any]) -> None:
    spec = Spec.model_validate(data)
    text = spec_to_yaml(spec)
    again = parse_spec(text, "written")
    assert again == spec
    assert spec_to_data(again) == spec_to_data(spec)
    assert spec_to_yaml(again) == text


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize("text", NASTY)
def test_a_text_that_looks_like_something_else_stays_a_text(text: str) -> None:
    spec = Spec.model_validate({"name": "a", "description": text, "model": {"layers": HEAD}})
    assert parse_spec(spec_to_yaml(spec), "written").description == text


@pytest.mark.parametrize("name", shipped_configs())
def test_a_shipped_config_is_written_with_every_default_and_reads_back(name: str) -> None:
    spec = load_spec(name)
    text = spec_to_yaml(spec)
    assert parse_spec(text, "written") == spec
    data = spec_to_data(spec)
    assert list(data) == [name for name in Spec.model_fields if name != "extends"]
    assert list(data["training"]) == list(TrainingSpec.model_fields)
    assert list(data["training"]["loss"]["categorical_crossentropy"]) == ["label_smoothing"]
    assert data["runtime"]["device"] == "auto"


def test_entries_are_written_as_items() -> None:
    layers = ["flatten", {"prelu": {"alpha_regularizer": "l2"}}]
    spec = Spec.model_validate({"name": "a", "model": {"layers": layers}})
    penalty = {"l2": {"l2": 0.01}}
    assert spec_to_data(spec)["model"]["layers"] == [
        "flatten",
        {"prelu": {
            "alpha_initializer": "zeros", "alpha_regularizer": penalty, "shared_axes": None,
        }},
    ]  # fmt: skip
    lines = spec_to_yaml(spec).splitlines()
    assert "  - flatten" in lines
    assert (
        "  - prelu: {alpha_initializer: zeros, alpha_regularizer: {l2: {l2: 0.01}}, "
        "shared_axes: null}"
    ) in lines


def test_composites_are_written_with_each_layer_on_a_line_of_its_own() -> None:
    branch = [{"dropout": {"rate": 0.5}}, {"activation": {"activation": "relu"}}]
    layers = [{"repeat": {"times": 2, "layers": [{"residual": {"layers": branch}}]}}, *HEAD]
    spec = Spec.model_validate({"name": "a", "model": {"layers": layers}})
    text = spec_to_yaml(spec)
    assert (
        """\
  - repeat:
      times: 2
      layers:
      - residual:
          layers:
          - dropout: {rate: 0.5}
          - activation: {activation: relu}
          projection: null
  - flatten
"""
        in text
    )
    assert parse_spec(text, "written") == spec
