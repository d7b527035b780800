"""`cifarcnn report`, on run directories that are made without a framework."""

import base64
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from matplotlib.image import imread

from cifarcnn.data.dataset import Dataset, Split
from cifarcnn.language.dataset_facts import DATASETS, DEMO
from cifarcnn.language.load import load_resolved
from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.report import mistakes
from cifarcnn.report import repeat as repeat_report
from cifarcnn.runs.history import EpochRow, History
from cifarcnn.runs.repeat import RepeatDirectory, summarize, write_repeat
from tests.support.command import invoke
from tests.support.fake_runs import (
    IMAGES,
    LABELS,
    change,
    first_correct,
    logits_with,
    write_repeat_of,
    write_run,
)
from tests.support.parsed_page import Node, parsed
from tests.support.specs import TINY

SECTIONS = ["summary", "validation", "curves", "confusion", "classes", "calibration", "mistakes",
            "network", "spec", "events", "record", "commands"]  # fmt: skip
EVIL = (
    '</title></style><script>alert("1")</script><img src="http://evil.example/x" onerror=alert(2)>'
)
RECORD = {
    "command": ["/usr/bin/cifarcnn", "train", "tiny.yaml", "--set", "name=a b"],
    "started": "2026-01-02T03:04:05+00:00",
    "machine": {"processor": "A processor", "cores": 2},
    "versions": {"keras": "3.15.1"},
    "backend": "tensorflow",
    "device": {"used": "CPU", "why": "auto: no GPU"},
    "switches": {"TF_ENABLE_ONEDNN_OPTS": "1"},
    "data": {"source": "generated", "sha256": "4c0ad457"},
}


def report(*arguments: object) -> Result:
    result = invoke(["report", *map(str, arguments)])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    assert all(c.isprintable() or c == "\n" for c in result.output)
    return result


def page_of(run: Path, *arguments: object) -> Node:
    """The page of a run, written to its usual place."""
    result = report(run, *arguments)
    assert result.exit_code == 0, result.output
    return parsed((run / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run of 200 test images, and these images."""
    monkeypatch.setattr(mistakes, "dataset_at_hand", lambda name, data_dir: dataset(name))
    path = write_run(tmp_path / "run")
    (path / "record.json").write_text(json.dumps(RECORD))
    return path


def dataset(name: str) -> Dataset:
    images = np.random.default_rng(1).integers(0, 256, (IMAGES, 32, 32, 3), np.uint8)
    test = Split(images, LABELS)
    return Dataset(name, name, DATASETS[name].class_names, test, test, "made here", "0")


def test_a_finished_run_has_every_section_and_the_headline(run: Path) -> None:
    result = report(run)
    assert (result.exit_code, result.output) == (0, f"report in {run / 'report.html'}\n")
    page = parsed((run / "report.html").read_text(encoding="utf-8"))
    assert [node.attributes["id"] for node in page.all("section")] == SECTIONS
    (head,) = page.all("header")
    low, high = Accuracy(120, 200).interval
    assert head.all("h1")[0].text == "tiny"
    assert (
        f"0.6000 test accuracy 95 % interval {low:.4f} to {high:.4f} 200 test images" in head.text
    )
    assert "unfinished" not in page.text and "Note:" not in head.text
    assert "1.4000" in page.section("summary").text  # the loss of the summary


def test_nothing_is_fetched_and_nothing_runs(run: Path) -> None:
    page = page_of(run)
    assert not page.all("script", "iframe", "object", "embed", "form", "base", "audio", "video")
    names = {node.attributes.get("id") for node in page.walk()}
    for node in page.walk():
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name not in ("srcset", "action", "xlink:href", "background")
            if name in ("src", "href"):
                inside = value.startswith("#") and value[1:] in names
                assert inside or value.startswith("data:"), value
    (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy.attributes["content"].startswith("default-src 'none'; img-src data:; style-src")
    (style,) = page.all("style")
    assert "url(" not in style.text and "@import" not in style.text


def test_the_figures_are_those_of_the_predictions(run: Path) -> None:
    answers = np.random.default_rng(5).integers(0, 10, IMAGES)
    logits = np.eye(10, dtype=np.float32)[answers] * 3
    np.savez_compressed(run / "predictions.npz", logits=logits, labels=LABELS)
    change(run, test_accuracy=float((answers == LABELS).mean()))
    page = page_of(run)
    counts = [row[1:] for row in page.section("confusion").rows()[1:]]
    for label in range(10):
        for answer in range(10):
            expected = int(((label == LABELS) & (answers == answer)).sum())
            assert counts[label][answer] == str(expected)
    for label, row in enumerate(page.section("classes").rows()[1:]):
        correct = int(((label == LABELS) & (answers == label)).sum())
        taken = int((answers == label).sum())
        low, high = Accuracy(correct, 20).interval
        assert row[1:5] == [
            "20",
            f"{correct / taken:.4f}",
            f"{correct / 20:.4f}",
            f"{low:.3f} to {high:.3f}",
        ]
    confidence = np.exp(3) / (np.exp(3) + 9)
    gap = abs(confidence - (answers == LABELS).mean())  # all in one bin
    assert f"expected calibration error {gap:.4f}" in page.section("calibration").text


def test_each_epoch_has_its_values_in_curves_and_table(run: Path) -> None:
    curves = page_of(run).section("curves")
    titles = [node.text for node in curves.all("title")]
    assert "epoch 2: training 1, validation 1.25" in titles
    assert "epoch 3: training 0.75, validation 0.7368" in titles
    table = curves.rows()
    assert table[0][:3] == ["epoch", "loss", "accuracy"]
    assert table[2] == ["2", "1.0000", "0.6667", "1.2500", "0.6429", "0.001"]
    assert len(curves.all("svg")) == 2  # the learning rate did not change
    assert "The learning rate was 0.001 throughout" in curves.text


def test_a_learning_rate_that_changes_is_drawn(run: Path) -> None:
    rows = [EpochRow(n, 1.0, 0.5, 1.0, 0.5, 0.1 ** (n // 2), 1.0) for n in range(1, 5)]
    History(run / "history.csv", rows).write()
    curves = page_of(run).section("curves")
    assert len(curves.all("svg")) == 3
    assert "epoch 4: learning rate 0.01" in [node.text for node in curves.all("title")]


def test_an_epoch_that_ends_meanwhile_does_no_harm(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is under way: each time that its history has been read, it has one epoch more."""
    history = History(run / "history.csv")
    opened = Path.open

    def end_epoch() -> None:
        done = len(history.rows)
        history.add(EpochRow(done + 1, 1.0, 0.5, 1.0, 0.5, 0.1**done, 1.0))
        history.write()

    def open_and_end_epoch(path: Path, mode: str = "r", **options: Any) -> Any:
        if path != run / "history.csv" or mode != "rb":
            return opened(path, mode, **options)
        with opened(path, mode) as file:
            content = file.read()
        end_epoch()
        return io.BytesIO(content)

    for _ in range(3):
        end_epoch()
    (run / "summary.json").unlink()
    monkeypatch.setattr(Path, "open", open_and_end_epoch)
    curves = page_of(run).section("curves")
    assert "epoch 3: learning rate 0.01" in [node.text for node in curves.all("title")]
    assert [row[5] for row in curves.rows()[1:]] == ["1", "0.1", "0.01"]


def test_a_long_history_is_thinned_and_keeps_its_best_epoch(run: Path) -> None:
    rows = [
        EpochRow(n, 1 / n, 0.5, 1 / n, 0.9 if n == 1234 else 0.5, 1e-3, 1.0)
        for n in range(1, 20_001)
    ]
    History(run / "history.csv", rows).write()
    curves = page_of(run).section("curves")
    assert "epoch 1234, the best by validation accuracy" in [n.text for n in curves.all("title")]
    assert (run / "report.html").stat().st_size < 1_000_000
    points = curves.all("polyline")[0].attributes["points"].split()
    assert 200 < len(points) < 300
    assert "Not every epoch is drawn" in curves.text


def test_mistakes_are_the_most_confident_ones_with_their_pixels(run: Path) -> None:
    logits = logits_with(first_correct(120))
    sure = [150, 199, 121]
    for factor, index in zip((4, 3, 2), sure, strict=True):
        logits[index] *= factor
    np.savez_compressed(run / "predictions.npz", logits=logits, labels=LABELS)
    tiles = page_of(run, "--mistakes", "3").section("mistakes").all("li")
    names = DEMO.class_names
    images = dataset("demo").test.images
    for tile, index in zip(tiles, sure, strict=True):
        label = LABELS[index]
        assert tile.text.endswith(f"image {index}")
        assert f" {names[label]} " in tile.text and f" {names[(label + 1) % 10]} " in tile.text
        (picture,) = tile.all("img")
        content = base64.b64decode(picture.attributes["src"].removeprefix("data:image/png;base64,"))
        pixels = np.rint(imread(io.BytesIO(content))[..., :3] * 255)
        assert np.array_equal(pixels, images[index])
    assert tiles[0].text.startswith("0.0000 ")
    assert not page_of(run, "--mistakes", "0").all("section", id="mistakes")


def test_without_the_data_the_page_says_how_to_get_it(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is downloaded for it."""
    monkeypatch.undo()
    monkeypatch.delenv("CIFARCNN_DATA_DIR", raising=False)
    for name in ("HOME", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    monkeypatch.setenv("CIFARCNN_DATA_URL", "file:///nowhere")
    other = write_run(tmp_path / "cifar10", text=TINY.replace("dataset: demo", "dataset: cifar10"))
    text = page_of(other).section("mistakes").text
    assert "The images of CIFAR-10 were not at hand" in text and "--data-dir" in text
    assert page_of(other).section("confusion").rows()
    result = report(other, "--data-dir", tmp_path / "no")
    assert result.exit_code == 2 and "does not exist" in result.stderr


def test_other_images_than_those_of_the_run_are_not_shown(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Split(dataset("demo").test.images[1:], LABELS[1:])
    other = Dataset("demo", "demo", DEMO.class_names, short, short, "", "")
    monkeypatch.setattr(mistakes, "dataset_at_hand", lambda name, data_dir: other)
    section = page_of(run).section("mistakes")
    assert "scored on other images" in section.text and not section.all("img")


def test_a_test_set_that_steered_the_training_is_named_at_once(tmp_path: Path, run: Path) -> None:
    steered = write_run(tmp_path / "steered", text=TINY.replace("0.25}", "test}", 1))
    page = page_of(steered)
    assert "the test set steered the training" in page.all("header")[0].text
    assert "so the test score is optimistic" in page.section("validation").text
    assert "validation (test set)" in page.section("curves").text
    honest = page_of(run).section("validation").text
    assert "A share of 0.25 of the training images was held out" in honest
    assert "only the first 600 training images were used" in honest


def test_an_unfinished_run_shows_what_it_has_and_says_so(run: Path) -> None:
    for name in ("summary.json", "predictions.npz", "checkpoint.h5"):
        (run / name).unlink()
    result = report(run, "--json")
    data = json.loads(result.stdout)
    assert (data["finished"], data["report"]) == (False, str(run / "report.html"))
    assert data["bytes"] == (run / "report.html").stat().st_size
    page = parsed((run / "report.html").read_text(encoding="utf-8"))
    assert "this run is unfinished" in page.all("header")[0].text
    assert f"cifarcnn resume {run}" in page.section("commands").text
    assert "3 of at most 3" in page.section("summary").text
    assert len(page.section("curves").all("svg")) == 2
    assert not page.all("section", id="confusion")
    (run / "history.csv").unlink()
    assert "No epoch is finished yet" in page_of(run).section("curves").text


def test_events_record_and_commands_are_told(run: Path) -> None:
    events = [{"epoch": 2, "event": "learning rate halved: 0.001 -> 0.0005"}]
    change(run, events=events, stopped="stopped: no improvement")
    page = page_of(run)
    assert page.section("events").rows()[1] == ["2", "learning rate halved: 0.001 -> 0.0005"]
    assert "3 of at most 3 (stopped: no improvement)" in page.section("summary").text
    record = page.section("record").text
    assert "cifarcnn train tiny.yaml --set 'name=a b'" in record
    for text in ("CPU (auto: no GPU)", "cores 2", "keras 3.15.1", "TF_ENABLE_ONEDNN_OPTS 1"):
        assert text in record
    commands = page.section("commands").text
    assert f"cifarcnn train {run / 'spec.yaml'}" in commands
    assert f"cifarcnn evaluate {run / 'checkpoint.h5'}" in commands


def test_the_network_and_what_differs_from_the_defaults(run: Path) -> None:
    page = page_of(run)
    network = page.section("network").rows()
    assert network[2] == [
        "conv2d_1", "filters 4, kernel_size 5, strides 2, activation relu", "14 x 14 x 4", "304",
        "0.118",
    ]  # fmt: skip
    assert network[-1][0] == "total" and network[-1][3] == "2,290"
    spec = page.section("spec")
    assert ["training.batch_size", "32", "64"] in spec.rows()
    assert "training.loss" not in str(spec.rows())
    assert "validation: 0.25" in spec.all("pre")[0].text


def test_a_shipped_config_is_compared_with_itself(tmp_path: Path) -> None:
    text = TINY.replace("name: tiny", "name: quickstart")
    rows = page_of(write_run(tmp_path / "a", text=text), "--mistakes", "0").section("spec").rows()
    assert ["seed", "7", "3"] in rows
    assert any(row[0] == "a layer" and row[1].startswith("conv2d filters 16") for row in rows)


def test_all_that_comes_from_a_run_is_text(tmp_path: Path, run: Path) -> None:
    """Whoever made the run cannot put an element, an attribute or a script into the page."""
    folder = tmp_path / "<script>alert(3)<" / "script>"
    folder.mkdir(parents=True)
    evil = folder / "run"
    run.rename(evil)
    spec = (evil / "spec.yaml").read_text()
    (evil / "spec.yaml").write_text(
        re.sub("^description:.*", f"description: {json.dumps(EVIL)}", spec, flags=re.MULTILINE)
    )
    change(
        evil, device=EVIL, stopped=EVIL, digest="'\"><b>", validation=EVIL,
        events=[{"epoch": EVIL, "event": EVIL, "more": EVIL}],
    )  # fmt: skip
    hostile: dict[str, Any] = dict.fromkeys(RECORD, EVIL)
    hostile |= {"code": [{"path": EVIL}], "init_from": EVIL}
    (evil / "record.json").write_text(json.dumps(hostile))
    page = page_of(evil)
    assert not page.all("script") and len(page.all("style")) == 1
    assert {node.attributes.get("id") for node in page.all("section")} == set(SECTIONS)
    assert all(picture.attributes["src"].startswith("data:") for picture in page.all("img"))
    assert not [n for node in page.walk() for n in node.attributes if n.startswith("on")]
    for place in ("summary", "events", "record", "spec"):
        assert "<script>alert(" in page.section(place).text
    assert "<script>alert(3)<" in page.section("commands").text
    hostile = {
        "command": [EVIL],
        "machine": {EVIL: {EVIL: [EVIL]}},
        "versions": {"\ud800": "\u202e"},
    }
    (evil / "record.json").write_text(json.dumps(hostile))
    record = page_of(evil).section("record")
    assert "\u202e" not in record.text and "<script>" in record.text


@pytest.mark.parametrize(
    ("name", "content", "reason", "place"),
    [
        ("history.csv", b"epoch,loss\n1,2\n", "it has no column", "curves"),
        ("history.csv", b"", "no column", "curves"),
        ("record.json", b"[" * 100_000, "is not the record of a run", "record"),
        ("record.json", b"[1]", "is not the record of a run", "record"),
        ("record.json", b"\xff\xfe{}", "is not the record of a run", "record"),
        ("predictions.npz", b"PK\3\4", "does not hold the predictions", "answers"),
        ("predictions.npz", None, "predictions.npz is not there", "answers"),
        ("record.json", None, "record.json is not there", "record"),
        ("history.csv", None, "history.csv is not there", "curves"),
    ],
)
def test_a_damaged_or_missing_part_costs_only_its_section(
    run: Path, name: str, content: bytes | None, reason: str, place: str
) -> None:
    (run / name).unlink()
    if content is not None:
        (run / name).write_bytes(content)
    result = report(run)
    assert result.exit_code == 0
    assert (reason in result.stderr) == (content is not None)
    assert result.stderr.count("warning: ") == result.stderr.count("\n") <= 1
    page = parsed((run / "report.html").read_text(encoding="utf-8"))
    assert reason in page.section(place).text
    assert "test accuracy 95 % interval" in page.all("header")[0].text


def test_predictions_of_another_run_are_told_and_not_used(run: Path) -> None:
    np.savez_compressed(
        run / "predictions.npz", logits=logits_with(first_correct(150)), labels=LABELS
    )
    result = report(run)
    assert "gives an accuracy of 0.7500 on 200 images, summary.json 0.6000" in result.stderr
    page = parsed((run / "report.html").read_text(encoding="utf-8"))
    assert "0.6000 test accuracy" in page.all("header")[0].text
    assert not page.all("section", id="confusion")


def break_spec(run: Path) -> None:
    (run / "spec.yaml").write_text("name: [\n")


def break_summary(run: Path) -> None:
    change(run, test_accuracy=2)


def link_out(run: Path) -> None:
    (run / "history.csv").unlink()
    (run / "history.csv").symlink_to("/etc/passwd")


def put_a_pipe(run: Path) -> None:
    (run / "history.csv").unlink()
    os.mkfifo(run / "history.csv")


def remove_spec(run: Path) -> None:
    (run / "spec.yaml").unlink()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (break_spec, "spec.yaml"),
        (break_summary, "expected 0 to 1"),
        (link_out, "is a link that leads out of the run"),
        (put_a_pipe, "is neither a file nor a folder"),
        (remove_spec, "is neither a run directory nor the folder of a repeat"),
    ],
)
def test_what_is_no_run_is_refused(run: Path, damage: Callable[[Path], None], reason: str) -> None:
    damage(run)
    result = report(run)
    assert result.exit_code == 2 and reason in result.stderr
    assert not (run / "report.html").exists()


def test_only_an_earlier_report_is_replaced(run: Path, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    assert report(run, "-o", place).exit_code == 0
    first = place.read_bytes()
    assert report(run, "-o", place).exit_code == 0
    assert place.read_bytes() == first  # and the same run gives the same page
    place.write_text("<!DOCTYPE html>\n<p>mine")
    result = report(run, "-o", place)
    assert result.exit_code == 2 and "exists and is not a report of cifarcnn" in result.stderr
    assert place.read_text() == "<!DOCTYPE html>\n<p>mine"
    assert report(run, "-o", run / "summary.json").exit_code == 2
    assert json.loads((run / "summary.json").read_text())["test_images"] == IMAGES
    for wrong in (tmp_path, tmp_path / "no" / "a.html"):
        assert report(run, "-o", wrong).exit_code == 2
    link = tmp_path / "link.html"
    link.symlink_to(place)
    assert report(run, "-o", link).exit_code == 2


def test_a_write_that_fails_leaves_the_earlier_report(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(run)
    before = (run / "report.html").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    change(run, device="another")
    monkeypatch.setattr(os, "fsync", full)
    result = report(run)
    assert result.exit_code == 1 and "No space left on device" in result.stderr
    assert (run / "report.html").read_bytes() == before
    assert not list(run.glob(".*.tmp*"))


def test_a_repeat_has_all_seeds_their_mean_and_all_curves(tmp_path: Path) -> None:
    folder = write_repeat_of(tmp_path / "repeat", [100, 110, 120])
    page = page_of(folder)
    assert "0.5500 test accuracy 95 % interval" in page.all("header")[0].text
    assert "mean of 3 seeds" in page.all("header")[0].text
    assert "standard deviation 0.0500" in page.section("summary").text
    rows = page.section("seeds").rows()[1:]
    assert [row[:2] for row in rows] == [["3", "0.5000"], ["4", "0.5500"], ["5", "0.6000"]]
    curves = page.section("curves")
    assert len(curves.all("polyline")) == 2 * 4
    titles = [node.text for node in curves.all("title")]
    assert any(re.match(r"epoch 2: mean .*, seed 3 .*, seed 4 .*, seed 5 ", t) for t in titles)
    assert "--seeds 3,4,5" in page.section("commands").text


def test_seeds_of_a_repeat_that_are_missing_are_listed(tmp_path: Path) -> None:
    folder = write_repeat_of(tmp_path / "a folder", [100, 110])
    (folder / "seed-4" / "summary.json").unlink()
    (folder / "seed-3" / "history.csv").write_text("epoch\n")
    result = report(folder)
    assert result.exit_code == 0 and "it is not finished" in result.stdout
    assert "history.csv is not a learning curve" in result.stderr
    page = parsed((folder / "report.html").read_text(encoding="utf-8"))
    assert "1 of 2 seeds are not finished" in page.all("header")[0].text
    assert f"--seeds 3,4 --output '{folder}'" in page.all("header")[0].text
    assert page.section("seeds").rows()[2] == ["4", "unfinished"]
    (folder / "seed-3" / "summary.json").unlink()
    assert "No seed is finished yet" in page_of(folder).section("curves").text


def record_seeds(folder: Path, seeds: list[int], failures: dict[int, str] | None = None) -> None:
    """Write `repeat.json` as a `repeat` of these seeds leaves it."""
    directory = RepeatDirectory(folder)
    spec = load_resolved(directory.spec)
    write_repeat(directory, summarize(directory, spec, seeds, failures))


def test_seeds_that_failed_or_have_not_begun_are_not_forgotten(tmp_path: Path) -> None:
    """They have no folder; without them the page would tell of those alone that went well."""
    folder = write_repeat_of(tmp_path / "repeat", [100, 110])
    record_seeds(folder, [2, 3, 4, 5], {5: f"out of memory {EVIL}\n  a smaller batch"})
    data = json.loads(report(folder, "--json").stdout)
    assert data["finished"] is False
    page = parsed((folder / "report.html").read_text(encoding="utf-8"))
    head = page.all("header")[0].text
    assert "mean of 2 seeds" in head and "2 of 4 seeds are not finished" in head
    assert f"--seeds 2,3,4,5 --output {folder}" in head
    assert "seeds finished 2 of 4" in page.section("summary").text
    rows = page.section("seeds").rows()[1:]
    assert [row[:2] for row in rows] == [
        ["2", "unfinished"], ["3", "0.5000"], ["4", "0.5500"],
        ["5", f"failed: out of memory {EVIL} a smaller batch"],
    ]  # fmt: skip
    commands = page.section("commands").text
    assert "# go on with what is missing" in commands
    assert f"cifarcnn report {folder / 'seed-3'}" in commands  # seed 2 has no run to report


def test_what_has_been_finished_since_it_failed_is_finished(tmp_path: Path) -> None:
    folder = write_repeat_of(tmp_path / "repeat", [100, 110])
    record_seeds(folder, [3, 4], {4: "out of memory"})
    page = page_of(folder)
    assert "seeds finished 2 of 2" in page.section("summary").text
    assert "out of memory" not in page.text


def test_a_repeat_of_which_nothing_has_begun_has_a_page(tmp_path: Path) -> None:
    folder = tmp_path / "repeat"
    folder.mkdir()
    (write_run(tmp_path / "run") / "spec.yaml").rename(folder / "spec.yaml")
    record_seeds(folder, [3])
    page = page_of(folder)
    assert f"--seeds 3, --output {folder}" in page.all("header")[0].text  # 3 would be three seeds
    assert "cifarcnn report" not in page.section("commands").text


def test_a_reason_may_name_a_path_that_is_no_text(tmp_path: Path) -> None:
    folder = write_repeat_of(tmp_path / "repeat", [100])
    record_seeds(folder, [3, 4], {4: "runs/\udce9 is gone"})
    assert "failed: runs/? is gone" in page_of(folder).section("seeds").text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{}", "name: Field required"),
        (b"[1]", "its content: Input should be"),
        pytest.param(b"[" * 100_000, "recursion", id="deep"),
        (b"\xff", "can't decode"),
        pytest.param(b" " * (16 * 1024**2 + 1), "it is larger than 16,777,216 bytes", id="large"),
        ({"seeds": [{"seed": -5, "run": "", "status": "failed"}]}, "expected 0 to 4,294,967,295"),
        ({"seeds": [{"seed": 10**4000, "run": "", "status": "failed"}]}, "expected 0 to"),
        ({"seeds": [{"seed": "../3", "run": "", "status": "failed"}]}, "seeds[0].seed: "),
        ({"seeds": [{"seed": 4, "run": "", "status": EVIL}]}, "seeds[0].status: "),
        ({"seeds": [{"seed": 4, "run": "", "status": "failed", "reason": [1]}]}, ".reason: "),
        ({"test_accuracy": {"mean": 0.5}}, "test_accuracy.count: Field required"),
    ],
)
def test_what_no_repeat_has_written_is_refused_in_one_line(
    tmp_path: Path, content: bytes | dict[str, object], reason: str
) -> None:
    folder = write_repeat_of(tmp_path / "repeat", [100])
    file = folder / "repeat.json"
    if isinstance(content, dict):
        content = json.dumps(json.loads(file.read_text()) | content).encode()
    file.write_bytes(content)
    result = report(folder)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert f"error: {file} is not the summary of a repeat: " in result.stderr
    assert reason in result.stderr
    assert not (folder / "report.html").exists()


def test_a_seed_that_counts_more_images_than_can_be_failed(tmp_path: Path) -> None:
    folder = write_repeat_of(tmp_path / "repeat", [100, 110])
    change(folder / "seed-3", test_images=2**53 + 3, test_accuracy=1.0)
    row = page_of(folder).section("seeds").rows()[1]
    assert row[0] == "3" and "test_images: expected at most 1,000,000,000" in row[1]


def test_the_mean_curve_is_of_all_seeds_also_where_not_all_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_repeat_of(tmp_path / "repeat", [100, 110, 120])
    losses = [1.0, 2.0, 6.0]
    for seed, loss in enumerate(losses, start=3):
        rows = [EpochRow(1, 1.0, 0.5, loss, 0.5, 1e-3, 1.0)]
        History(folder / f"seed-{seed}" / "history.csv", rows).write()
    assert "The mean is that of 3 seeds" in page_of(folder).section("curves").text
    monkeypatch.setattr(repeat_report, "_MOST_LINES", 2)
    curves = page_of(folder).section("curves")
    titles = [node.text for node in curves.all("title")]
    assert "epoch 1: mean 3, seed 3 1, seed 4 2" in titles
    assert "The mean is that of 3 seeds" in curves.text
    assert "Only the first 2 have a line of their own." in curves.text
