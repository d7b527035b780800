"""Which device a run gets, and what is said when there is none of the kind."""

from pathlib import Path

import pytest

from cifarcnn.errors import UserError
from cifarcnn.language.device import DeviceRequest, parse_device
from cifarcnn.runtime.devices import Gpu, choose_device, driver_gpus, select, visible_gpus
from tests.support.command import invoke

FIRST = Gpu(0, "NVIDIA A", "GPU-aaaa1111-0000")
SECOND = Gpu(1, "NVIDIA B", "GPU-bbbb2222-0000")
THIRD = Gpu(2, "NVIDIA C", "GPU-cccc3333-0000")
ALL = [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    ("words", "kind", "indexes"),
    [
        ("auto", "auto", ()),
        ("cpu", "cpu", ()),
        ("gpu", "gpu", ()),
        ("cuda", "gpu", ()),
        ("gpu:1", "gpu", (1,)),
        ("cuda:0", "gpu", (0,)),
        ("gpu:0,1", "gpu", (0, 1)),
        ("gpu:2,0", "gpu", (2, 0)),
        ("0", "gpu", (0,)),
        ("0,1", "gpu", (0, 1)),
        ("gpu:127", "gpu", (127,)),
        ("GPU:1", "gpu", (1,)),
        ("Auto", "auto", ()),
        ("  CPU ", "cpu", ()),
        ("gpu: 0, 1", "gpu", (0, 1)),
    ],
)
def test_words_for_a_device_are_understood(words: str, kind: str, indexes: tuple[int, ...]) -> None:
    request = parse_device(words)
    assert request is not None
    assert (request.kind, request.indexes) == (kind, indexes)
    assert parse_device(str(request)) == request


@pytest.mark.parametrize(
    "words",
    ["", "tpu", "gpu:", "gpu:x", "gpu:-1", "gpu:1.0", "gpu:0,0", "gpu:1,01", "gpu:1,", "cpu:0",
     "gpu1", "gpus", "gpu:0:1", "gpu:1234", "auto,cpu", "0;1"],
)  # fmt: skip
def test_other_words_are_not_understood(words: str) -> None:
    assert parse_device(words) is None
    with pytest.raises(UserError) as raised:
        choose_device(words)
    assert raised.value.message == (f"--device {words}: expected auto, cpu, gpu, gpu:1 or gpu:0,1")


@pytest.mark.parametrize(
    ("value", "visible"),
    [
        (None, ALL),
        ("", []),
        ("-1", []),
        ("0", [FIRST]),
        ("1,0", [SECOND, FIRST]),
        (" 2 , 1 ", [THIRD, SECOND]),
        ("GPU-bbbb2222-0000", [SECOND]),
        ("GPU-cc,GPU-aa", [THIRD, FIRST]),
        ("GPU-cc,0", [THIRD, FIRST]),
        ("0,-1,1", [FIRST]),
        ("1,9,0", [SECOND]),
        ("1,none,0", [SECOND]),
        ("1,,0", [SECOND]),
        ("9", []),
        ("NoDevFiles", []),
        ("bbbb2222", []),
        ("GPU-dd", []),
    ],
)
def test_visible_gpus_are_those_of_the_variable_in_its_order(
    value: str | None, visible: list[Gpu]
) -> None:
    environment = {} if value is None else {"CUDA_VISIBLE_DEVICES": value}
    assert visible_gpus(ALL, environment) == visible


def request(words: str) -> DeviceRequest:
    found = parse_device(words)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("words", "visible", "gpus", "reason"),
    [
        ("auto", None, (FIRST,), "auto: the first GPU of 3"),
        ("auto", "2", (THIRD,), "auto: the first GPU"),
        ("auto", "1,2", (SECOND,), "auto: the first GPU of 2"),
        ("auto", "-1", (), 'auto: CUDA_VISIBLE_DEVICES="-1" hides the GPUs'),
        ("auto", "", (), 'auto: CUDA_VISIBLE_DEVICES="" hides the GPUs'),
        ("gpu", None, (FIRST,), "asked for"),
        ("gpu", "1", (SECOND,), "asked for"),
        ("gpu:1", None, (SECOND,), "asked for"),
        ("gpu:1", "2,0", (FIRST,), "asked for"),
        ("gpu:0,1", None, (FIRST, SECOND), "asked for"),
        ("gpu:1,0", "2,1", (SECOND, THIRD), "asked for"),
        ("2,0,1", None, (THIRD, FIRST, SECOND), "asked for"),
    ],
)
def test_a_request_gets_the_visible_gpus_that_it_counts(
    words: str, visible: str | None, gpus: tuple[Gpu, ...], reason: str
) -> None:
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    choice = select(request(words), ALL, environment)
    assert (choice.gpus, choice.reason) == (gpus, reason)


def test_without_a_gpu_auto_is_the_cpu() -> None:
    choice = select(request("auto"), [], {})
    assert (choice.gpus, choice.reason, str(choice)) == ((), "auto: no GPU", "CPU")
    assert choice.visible_devices == "-1"


def test_a_choice_is_shown_by_name_and_passed_on_by_its_unmistakable_number() -> None:
    choice = select(request("gpu:2,0"), ALL, {})
    assert str(choice) == "NVIDIA C, NVIDIA A"
    assert choice.visible_devices == "GPU-cccc3333-0000,GPU-aaaa1111-0000"
    assert visible_gpus(ALL, {"CUDA_VISIBLE_DEVICES": choice.visible_devices}) == [THIRD, FIRST]


ABSENT = [
    # words, GPUs that are present, CUDA_VISIBLE_DEVICES, message, hint
    (
        "gpu",
        [],
        None,
        "device gpu asks for a GPU, but no GPU is visible",
        "try --device cpu; `nvidia-smi -L` lists the GPUs",
    ),
    (
        "gpu:0",
        [],
        None,
        "device gpu:0 asks for GPU 0, but no GPU is visible",
        "try --device cpu; `nvidia-smi -L` lists the GPUs",
    ),
    (
        "gpu:1",
        [FIRST],
        None,
        "device gpu:1 asks for GPU 1, but 1 GPU is visible (0: NVIDIA A)",
        "try --device gpu:0 or --device cpu; `nvidia-smi -L` lists the GPUs; "
        "indexes count the visible ones",
    ),
    (
        "gpu:0,3,4",
        ALL,
        None,
        "device gpu:0,3,4 asks for GPU 3, 4, but 3 GPUs are visible "
        "(0: NVIDIA A, 1: NVIDIA B, 2: NVIDIA C)",
        "try --device gpu:0 or --device gpu:1 or --device gpu:2 or --device cpu; "
        "`nvidia-smi -L` lists the GPUs; indexes count the visible ones",
    ),
    (
        "cuda:1",
        ALL,
        "2",
        "device gpu:1 asks for GPU 1, but 1 GPU is visible (0: NVIDIA C); "
        'CUDA_VISIBLE_DEVICES="2" hides the others',
        "try --device gpu:0 or --device cpu; `nvidia-smi -L` lists the GPUs; "
        "indexes count the visible ones",
    ),
    (
        "gpu",
        ALL,
        "-1",
        "device gpu asks for a GPU, but no GPU is visible; "
        'CUDA_VISIBLE_DEVICES="-1" hides the others',
        "try --device cpu; `nvidia-smi -L` lists the GPUs",
    ),
]


@pytest.mark.parametrize(("words", "present", "visible", "message", "hint"), ABSENT)
def test_an_absent_gpu_is_refused_with_what_is_there_what_hides_the_rest_and_what_to_type(
    words: str, present: list[Gpu], visible: str | None, message: str, hint: str
) -> None:
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    with pytest.raises(UserError) as raised:
        select(request(words), present, environment)
    assert raised.value.message == message
    assert raised.value.hint == hint


@pytest.mark.parametrize("words", ["gpu", "gpu:0", "gpu:1", "gpu:0,1", "gpu:1,0", "gpu:7"])
@pytest.mark.parametrize("present", [[], [FIRST], [FIRST, SECOND], ALL])
@pytest.mark.parametrize("visible", [None, "", "-1", "0", "1,0", "GPU-bb"])
def test_a_request_for_gpus_never_gives_a_cpu_or_other_gpus(
    words: str, present: list[Gpu], visible: str | None
) -> None:
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    asked = request(words)
    try:
        choice = select(asked, present, environment)
    except UserError:
        return
    seen = visible_gpus(present, environment)
    assert choice.gpus == tuple(seen[index] for index in asked.indexes or (0,))
    assert choice.visible_devices != "-1"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, without a driver's tool so far."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return folder


def install_driver(tools: Path, answer: bytes, code: int = 0) -> None:
    """Put an `nvidia-smi` on the PATH that answers the one question it is asked."""
    script = tools / "nvidia-smi"
    script.write_bytes(
        b"#!/bin/sh\n"
        b'[ "$*" = "--query-gpu=index,name,uuid --format=csv,noheader" ] || exit 9\n'
        b"printf '" + answer + b"'\nexit " + str(code).encode() + b"\n"
    )
    script.chmod(0o755)


TWO = b"0, NVIDIA A, GPU-aaaa1111-0000\\n1, NVIDIA B, GPU-bbbb2222-0000\\n"


@pytest.mark.parametrize(
    ("answer", "code", "gpus"),
    [
        (TWO, 0, [FIRST, SECOND]),
        (b"", 0, []),
        (b"No devices were found\\n", 6, []),
        (TWO, 9, []),
        (b"NVIDIA-SMI has failed because it could not communicate with the driver.\\n", 0, []),
        (b"0, NVIDIA A, GPU-aaaa1111-0000\\n[Unknown Error], x, y\\n", 0, [FIRST]),
        (b"0, \\377, GPU-aaaa1111-0000\\n", 0, [Gpu(0, "\ufffd", "GPU-aaaa1111-0000")]),
    ],
)
def test_the_driver_is_asked_for_its_gpus(
    tools: Path, answer: bytes, code: int, gpus: list[Gpu]
) -> None:
    install_driver(tools, answer, code)
    assert driver_gpus() == gpus


@pytest.mark.usefixtures("tools")
def test_without_a_driver_there_are_no_gpus() -> None:
    assert driver_gpus() == []


def test_a_driver_tool_that_does_not_run_means_no_gpus(tools: Path) -> None:
    (tools / "nvidia-smi").write_text("not a program")
    assert driver_gpus() == []
    (tools / "nvidia-smi").chmod(0o755)
    assert driver_gpus() == []


@pytest.mark.parametrize(
    ("words", "visible", "name", "reason"),
    [
        ("auto", None, "NVIDIA A", "auto: the first GPU of 2"),
        ("auto", "-1", "CPU", 'auto: CUDA_VISIBLE_DEVICES="-1" hides the GPUs'),
        ("cpu", None, "CPU", "asked for"),
        ("gpu:1", None, "NVIDIA B", "asked for"),
        ("gpu:0,1", "1,0", "NVIDIA B, NVIDIA A", "asked for"),
        ("0", "GPU-bb", "NVIDIA B", "asked for"),
    ],
)
def test_a_device_is_chosen_from_the_words_the_driver_and_the_environment(
    tools: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    visible: str | None,
    name: str,
    reason: str,
) -> None:
    install_driver(tools, TWO)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    choice = choose_device(words)
    assert (str(choice), choice.reason) == (name, reason)


def test_a_gpu_that_is_not_there_is_refused_from_end_to_end(tools: Path) -> None:
    install_driver(tools, TWO)
    with pytest.raises(UserError, match="asks for GPU 2, but 2 GPUs are visible"):
        choose_device("gpu:2")
    (tools / "nvidia-smi").unlink()
    with pytest.raises(UserError, match="asks for a GPU, but no GPU is visible"):
        choose_device("gpu")
    assert str(choose_device("auto")) == "CPU"


def test_the_cpu_is_chosen_without_asking_the_driver(tools: Path) -> None:
    script = tools / "nvidia-smi"
    script.write_text(f"#!/bin/sh\n: > {tools}/asked\n")
    script.chmod(0o755)
    choose_device("cpu")
    assert not (tools / "asked").exists()
    choose_device("auto")
    assert (tools / "asked").exists()


@pytest.mark.parametrize(
    ("arguments", "variable", "origin"),
    [
        ([], "gpu:7", "CIFARCNN_DEVICE=gpu:7"),
        (["--device", "gpu:7"], "cpu", "--device gpu:7"),
        (["--set", "runtime.device=gpu:7"], "cpu", "--set runtime.device=gpu:7"),
        ([], "", "my.yaml:4:19"),
    ],
)
def test_a_device_that_is_not_there_is_blamed_on_what_named_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variable: str,
    origin: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cifarcnn.runtime.devices.driver_gpus", list)
    monkeypatch.setenv("CIFARCNN_DEVICE", variable)
    Path("my.yaml").write_text(
        "name: a\nmodel: {layers: [flatten, dense: {units: 10}]}\ndata: {dataset: demo}\n"
        "runtime: {device: 'gpu:7'}\n"
    )
    result = invoke(["train", "my.yaml", *arguments])
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"error: {origin}: runtime.device: device gpu:7 asks for GPU 7, but no GPU is visible\n"
    )
