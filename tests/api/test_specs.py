"""Specs in the Python API: names, paths, `Spec`s, and values set over them."""

import warnings
from pathlib import Path

import numpy as np
import pytest

import cifarcnn


def test_a_spec_goes_by_name_path_or_itself(tiny: Path) -> None:
    by_path = cifarcnn.load_spec(tiny)
    assert by_path == cifarcnn.load_spec(str(tiny)) == cifarcnn.load_spec(by_path)
    assert cifarcnn.load_spec("basic").name == "basic"


def test_short_forms_and_settings_are_set_over_a_spec(tiny: Path) -> None:
    spec = cifarcnn.load_spec(
        tiny,
        epochs=9,
        batch_size=np.int64(16),  # type: ignore[arg-type]
        set={
            "training.epochs": 2,
            "training.optimizer.adam.learning_rate": np.float64(0.5),
            "model.layers.conv2d_1.kernel_size": (3, 5),
            "description": "another",
        },
    )
    assert spec.training.epochs == 9  # a short form wins, as on the command line
    assert spec.training.batch_size == 16
    assert spec.description == "another"
    assert spec.training.optimizer.model_dump()["learning_rate"] == 0.5
    assert spec.model.layers[0].model_dump()["kernel_size"] == (3, 5)
    again = cifarcnn.load_spec(spec, seed=11)
    assert again.seed == 11 and again.training == spec.training
    assert cifarcnn.load_spec(tiny).training.epochs == 3


def test_variables_of_the_command_line_have_no_effect(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIFARCNN_EPOCHS", "77")
    assert cifarcnn.load_spec(tiny).training.epochs == 3


def test_all_mistakes_come_as_one_error_with_the_argument_that_made_them() -> None:
    with pytest.raises(cifarcnn.UserError) as caught:
        cifarcnn.load_spec("basic", epochs=0, set={"sed": 1, "data.pixels": "rwa"})
    message = caught.value.message
    assert "epochs=0: training.epochs: expected a value >= 1, received 0" in message
    assert "set['sed']: sed: unknown key; did you mean 'seed'?" in message
    assert "set['data.pixels']: data.pixels: expected" in message


@pytest.mark.parametrize("path", ["", "training..epochs", "a b", "[0]x"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(cifarcnn.UserError, match=r"expected a path such as 'training\.epochs'"):
        cifarcnn.load_spec("basic", set={path: 1})


def test_an_unknown_config_is_answered_with_a_near_one() -> None:
    with pytest.raises(cifarcnn.UserError) as caught:
        cifarcnn.load_spec("basik")
    assert "did you mean 'basic'?" in caught.value.message
    assert str(caught.value.hint).startswith("shipped: airbench94")


def test_what_is_probably_a_mistake_is_a_warning_at_the_line_that_called(tiny: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cifarcnn.load_spec(tiny, set={"training.callbacks": [{"early_stopping": {"patience": 50}}]})
    (warning,) = caught
    assert issubclass(warning.category, cifarcnn.CifarcnnWarning)
    assert warning.filename == __file__
    assert "patience" in str(warning.message)


def test_a_check_lists_problems_and_raises_none(tiny: Path) -> None:
    assert cifarcnn.check(tiny)
    assert repr(cifarcnn.check("basic")) == "basic: ok"
    wrong = cifarcnn.check(tiny, set={"training.epochs": 0})
    assert not wrong and not wrong.ok
    assert [problem.path for problem in wrong.problems] == ["training.epochs"]
    assert repr(wrong).startswith("error: set['training.epochs']: training.epochs: expected")
    missing = cifarcnn.check("nothing.yaml")
    assert not missing and "there is no such file" in repr(missing)


def test_a_network_is_described() -> None:
    found = cifarcnn.describe("basic")
    assert found.parameters == found.trainable_parameters == 40_714
    assert found.layers[0].name == "conv2d_1" and found.mflop == pytest.approx(3.839, abs=1e-3)
    text, html = repr(found), found._repr_html_()
    for part in ("conv2d_1", "filters 32, kernel_size 5", "40,714"):
        assert part in text and part in html
    more = cifarcnn.describe("basic", set={"model.layers[0].conv2d.filters": 64})
    assert more.parameters > found.parameters


def test_what_a_spec_says_is_escaped_in_html() -> None:
    html = cifarcnn.describe("basic", set={"description": "<script>x</script>"})._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_the_shipped_configs_are_listed() -> None:
    configs = cifarcnn.list_configs()
    by_name = {config.name: config for config in configs}
    assert by_name["deeper_3x3_dense"].parameters == 165_482
    assert "165,482" in repr(configs) and "<table>" in configs._repr_html_()
