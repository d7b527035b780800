"""The switches that a run is started with."""

import pytest

from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.environment import prepare_environment

CPU = DeviceChoice((), "asked for")


def test_switches_are_on_by_default() -> None:
    switches = prepare_environment(CPU, RuntimeSpec(), {})
    assert switches["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert int(switches["TF_NUM_INTRAOP_THREADS"]) >= 1


def test_the_environment_wins_over_defaults_and_the_spec_over_the_environment() -> None:
    env = {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_NUM_INTRAOP_THREADS": "3"}
    switches = prepare_environment(CPU, RuntimeSpec(), dict(env))
    assert switches["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert switches["TF_NUM_INTRAOP_THREADS"] == "3"
    switches = prepare_environment(CPU, RuntimeSpec(threads=5), dict(env))
    assert switches["TF_NUM_INTRAOP_THREADS"] == "5"
    for wanted in (True, False):
        spec, env = RuntimeSpec(onednn=wanted), {"TF_ENABLE_ONEDNN_OPTS": str(int(not wanted))}
        assert prepare_environment(CPU, spec, env)["TF_ENABLE_ONEDNN_OPTS"] == str(int(wanted))


def test_what_the_user_has_set_is_recorded() -> None:
    assert "TF_NUM_INTEROP_THREADS" not in prepare_environment(CPU, RuntimeSpec(), {})
    switches = prepare_environment(CPU, RuntimeSpec(), {"TF_NUM_INTEROP_THREADS": "1"})
    assert switches["TF_NUM_INTEROP_THREADS"] == "1"


@pytest.mark.parametrize("name", ["KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"])
def test_a_variable_that_cuts_trainings_short_is_taken_away(name: str) -> None:
    env = {name: "1"}
    prepare_environment(CPU, RuntimeSpec(), env)
    assert name not in env
