import pytest

from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on


@pytest.fixture(scope="session", autouse=True)
def _keras() -> None:
    """Keras on the CPU, set up as for a run."""
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
