"""A spec as far as a network is scored by it: the one inside a checkpoint."""

import pytest

from cifarcnn.language.load import parse_spec, parse_to_score
from cifarcnn.language.problems import SpecError

SPEC = """\
name: a
seed: 3
data: {{dataset: demo, pixels: standard, augment: [{augmentation}]}}
model: {{layers: [flatten, {layer}, dense: {{units: 10}}]}}
training:
  epochs: 5
  loss: {{categorical_crossentropy: {{label_smoothing: 0.1}}}}
  optimizer: {optimizer}
  weight_averaging: {averaging}
  callbacks: [{callback}]
"""
KNOWN = {
    "augmentation": "flip",
    "layer": "relu",
    "optimizer": "sgd",
    "averaging": "ema",
    "callback": "csv_logger",
}


@pytest.mark.parametrize("own", ["augmentation", "optimizer", "averaging", "callback"])
def test_code_that_only_the_training_needed_is_not_asked_for(own: str) -> None:
    text = SPEC.format(**KNOWN | {own: "my_own"})
    with pytest.raises(SpecError, match="my_own"):
        parse_spec(text, "a.h5")
    spec = parse_to_score(text, "a.h5")
    whole = parse_spec(SPEC.format(**KNOWN), "a.h5")
    assert (spec.model, spec.seed, spec.training.loss) == (
        whole.model,
        whole.seed,
        whole.training.loss,
    )
    assert (spec.data.dataset, spec.data.pixels) == ("demo", "standard")


def test_layers_are_what_a_checkpoint_is_made_of() -> None:
    with pytest.raises(SpecError, match="unknown layer 'my_own'"):
        parse_to_score(SPEC.format(**KNOWN | {"layer": "my_own"}), "a.h5")


@pytest.mark.parametrize("text", ["", "- a", "name: a", "name: a\ntraining: 3\n"])
def test_what_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        parse_to_score(text, "a.h5")
