import pytest

from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from cifarcnn.spec.schema import RuntimeSpec


@pytest.fixture(scope="session", autouse=True)
def _keras() -> None:
    """Keras on the CPU, set up as for a run."""
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
