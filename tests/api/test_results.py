"""Training and scoring from Python, in a process that goes on."""

import random
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import cifarcnn
from tests.support.specs import TINY

# Keras itself does what NumPy deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("api")
    (path / "tiny.yaml").write_text(TINY)
    return path


@pytest.fixture(scope="module")
def run(folder: Path) -> cifarcnn.Run:
    return cifarcnn.train(folder / "tiny.yaml", epochs=2, output=folder / "run")


def test_a_run_says_what_it_is(run: cifarcnn.Run, folder: Path) -> None:
    assert run.path == folder / "run" and run.checkpoint.is_file()
    assert run.spec == cifarcnn.load_spec(folder / "tiny.yaml", epochs=2)
    assert run.epochs == 2 and run.best_epoch in (1, 2)
    low, high = run.test_accuracy_interval
    assert low < run.test_accuracy < high
    text = repr(run)
    assert text.startswith("Run of tiny, seed 3\n  test accuracy  0.")
    assert "demo, not CIFAR-10, 2,000 images" in text and str(run.checkpoint) in text


def test_its_history_is_of_arrays(run: cifarcnn.Run) -> None:
    assert list(run.history) == [
        "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
    ]  # fmt: skip
    assert run.history["epoch"].tolist() == [1, 2]
    assert all(values.shape == (2,) for values in run.history.values())
    rows = (run.path / "history.csv").read_text().splitlines()[1:]
    assert [float(row.split(",")[1]) for row in rows] == run.history["loss"].tolist()


def test_its_history_is_a_frame_where_pandas_is(
    run: cifarcnn.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pandas = pytest.importorskip("pandas")
    frame = run.history_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.index.tolist() == [1, 2] and frame["loss"].tolist() == list(run.history["loss"])
    monkeypatch.setattr("cifarcnn.api.run.missing_modules", lambda names: names)
    with pytest.raises(cifarcnn.UserError, match="needs pandas") as caught:
        run.history_frame()
    assert caught.value.hint == "pip install pandas"


def test_pictures_are_shown_and_saved(run: cifarcnn.Run, tmp_path: Path) -> None:
    picture = run.curves
    assert picture._repr_png_().startswith(PNG)
    assert repr(picture) == "<Picture of the learning curves of tiny, 1200 x 480 pixels>"
    assert picture.save(tmp_path / "curves.png").read_bytes() == picture.png
    html = run._repr_html_()
    assert "Run of tiny, seed 3" in html and "data:image/png;base64," in html


def test_an_evaluation_scores_as_the_training_did(run: cifarcnn.Run) -> None:
    found = cifarcnn.evaluate(run, tta="mirror", mistakes=3)
    assert found.accuracy == run.test_accuracy and found.loss == pytest.approx(run.test_loss)
    assert found.confusion.shape == (10, 10) and found.confusion.sum() == found.images == 2000
    assert found.probabilities.shape == (2000, 10) and len(found.mistakes) == 3
    assert found.augmented is not None and found.augmented.views == 2
    assert found.picture.png.startswith(PNG)
    assert found.mistakes_picture is not None and found.mistakes_picture.png.startswith(PNG)
    for text in (repr(found), found._repr_html_()):
        assert "Evaluation of run, test images" in text
        assert f"{run.test_accuracy:.4f} (95 % interval" in text


def test_several_evaluations_are_a_table(run: cifarcnn.Run) -> None:
    found = cifarcnn.evaluate([run, str(run.checkpoint)])
    assert len(found) == 2 and found[0].accuracy == found[1].accuracy
    assert repr(found).count(f"{run.test_accuracy:.4f}") == 2
    assert found._repr_html_().count("<tr>") == 3


def test_a_run_is_resumed_and_compared(run: cifarcnn.Run, folder: Path) -> None:
    other = cifarcnn.train(
        run.spec, seed=4, epochs=1, init_from=run.checkpoint, output=folder / "other"
    )
    more = cifarcnn.resume(other, epochs=2)
    assert more.epochs == 2 and more.history["loss"][0] == other.history["loss"][0]
    with pytest.warns(cifarcnn.CifarcnnWarning, match="nothing is left to do"):
        cifarcnn.resume(more)
    found = cifarcnn.compare(run, more)
    (pair,) = found.pairs
    assert pair.differences["test_accuracy"] == pytest.approx(
        more.test_accuracy - run.test_accuracy
    )
    assert "1 run" in repr(found) and "2 against 1: McNemar's test, p = " in repr(found)
    assert found.picture.png.startswith(PNG) and "data:image/png" in found._repr_html_()
    by_seconds = cifarcnn.compare(run.path, str(more.path), over="seconds")
    assert by_seconds.picture.png != found.picture.png


def test_a_checkpoint_is_exported(run: cifarcnn.Run, tmp_path: Path) -> None:
    found = cifarcnn.export(run, "keras", output=tmp_path / "network.keras")
    assert found.path.is_file() and found.agreement.same_class == 2000
    assert "2,000 of 2,000 test images" in repr(found) and "<table>" in found._repr_html_()


def test_images_are_predicted_and_unreadable_ones_are_warnings(
    run: cifarcnn.Run, tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    (tmp_path / "none.png").write_text("nothing")
    with pytest.warns(cifarcnn.CifarcnnWarning, match=r"none\.png cannot be read"):
        found = cifarcnn.predict(run, tmp_path, top=2)
    assert [row.path.name for row in found.predictions] == ["red.png"]
    assert len(found.unreadable) == 1 and len(found.predictions[0].top) == 2
    assert "red.png" in repr(found) and "red.png" in found._repr_html_()


def test_seeds_are_repeated_in_processes_of_their_own(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = cifarcnn.repeat(
        folder / "tiny.yaml", [5, 6], epochs=1, set={"data.limit": 100}, output=folder / "repeat"
    )
    assert [result.seed for result in found.finished] == [5, 6] and not found.failed
    assert found.test_accuracy is not None and found.test_accuracy.count == 2
    assert [one.spec.seed for one in found.runs] == [5, 6]
    assert "mean accuracy" in repr(found) and "<table>" in found._repr_html_()
    assert capfd.readouterr() == ("", "")
    assert cifarcnn.compare(found, found).pairs[0].test is not None


def test_random_numbers_continue_as_if_nothing_had_been_trained(
    folder: Path, tmp_path: Path
) -> None:
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    cifarcnn.train(folder / "tiny.yaml", epochs=1, output=tmp_path / "run")
    assert (random.random(), np.random.random()) == expected


def test_trainings_of_several_threads_wait_for_each_other(folder: Path, tmp_path: Path) -> None:
    runs: dict[int, cifarcnn.Run] = {}

    def train(number: int) -> None:
        runs[number] = cifarcnn.train(
            folder / "tiny.yaml", deterministic=True, epochs=1, output=tmp_path / str(number)
        )

    threads = [threading.Thread(target=train, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs[0].summary.digest == runs[1].summary.digest


def test_progress_shows_what_the_command_shows(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cifarcnn.train(folder / "tiny.yaml", epochs=1, output=tmp_path / "run", progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "spec      tiny, seed 3" in shown.err and "epoch 1/1  loss " in shown.err


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backend": "jax"}, "this process has started TensorFlow and cannot change to JAX"),
        ({"set": {"runtime.threads": 37}}, "set['runtime.threads']: runtime.threads: "),
    ],
)
def test_what_a_process_cannot_change_is_refused(
    run: cifarcnn.Run, tmp_path: Path, values: dict[str, object], message: str
) -> None:
    pytest.importorskip("jax")
    with pytest.raises(cifarcnn.UserError) as caught:
        cifarcnn.train(run.spec, output=tmp_path / "run", **values)  # type: ignore[arg-type]
    assert message in caught.value.message
    assert "in a notebook, restart the kernel" in str(caught.value.hint)
    assert not (tmp_path / "run").exists()


def test_the_precision_can_change(run: cifarcnn.Run, tmp_path: Path) -> None:
    mixed = cifarcnn.train(
        run.spec, epochs=1, set={"runtime.precision": "mixed_bfloat16"}, output=tmp_path / "run"
    )
    assert mixed.spec.runtime.precision == "mixed_bfloat16"
    again = cifarcnn.train(run.spec, deterministic=True, epochs=1, output=tmp_path / "again")
    assert again.spec.runtime.precision == "float32"


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("evaluate", {"split": "tset"}, "split='tset': expected 'train', 'validation' or 'test'; "),
        ("evaluate", {"tta": "flip"}, "tta='flip': expected 'none', "),
        ("evaluate", {"mistakes": 201}, "mistakes=201: expected a whole number from 0 to 200"),
        ("evaluate", {"pixels": "x"}, "pixels='x': expected 'unit' or 'raw'"),
        ("evaluate", {"backend": "torch"}, "backend='torch': expected 'tensorflow' or 'jax'"),
        ("evaluate", {"device": "tpu"}, "expected auto, cpu, gpu, gpu:1 or gpu:0,1"),
        ("export", {"format": "onix"}, "format='onix': expected "),
        ("predict", {"images": "x.png", "top": 0}, "top=0: expected a whole number from 1 to 10"),
        ("predict", {"images": "x.png", "fit": "pad"}, "fit='pad': expected 'crop' or 'stretch'"),
    ],
)
def test_a_wrong_argument_is_named(
    run: cifarcnn.Run, name: str, values: dict[str, object], message: str
) -> None:
    with pytest.raises(cifarcnn.UserError) as caught:
        getattr(cifarcnn, name)(run, **values)
    assert message in caught.value.message


@pytest.mark.parametrize("seeds", [0, [], [1, 1], [-1], [2**40], ["1"], [0.5]])
def test_wrong_seeds_are_refused(folder: Path, seeds: object) -> None:
    with pytest.raises(cifarcnn.UserError, match="seeds="):
        cifarcnn.repeat(folder / "tiny.yaml", seeds)  # type: ignore[arg-type]


def test_comparing_needs_two_runs(run: cifarcnn.Run) -> None:
    with pytest.raises(cifarcnn.UserError, match="expected two or more runs"):
        cifarcnn.compare(run)


def test_a_taken_folder_and_a_missing_file_are_user_errors(run: cifarcnn.Run) -> None:
    with pytest.raises(cifarcnn.UserError, match="a run is never overwritten"):
        cifarcnn.train(run.spec, output=run.path)
    with pytest.raises(cifarcnn.UserError, match=r"none\.h5"):
        cifarcnn.evaluate("none.h5")
    with pytest.raises(cifarcnn.UserError, match="is not a run directory"):
        cifarcnn.resume("none")


def test_a_file_of_code_that_has_changed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "my_code.py"
    file.write_text("VALUE = 1\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cifarcnn.load_spec("basic", code=file)
        cifarcnn.load_spec("basic", code=[str(file)])
    file.write_text("VALUE = 2\n")
    with pytest.raises(cifarcnn.UserError, match="it has changed since this process has run it"):
        cifarcnn.load_spec("basic", code=[file])
