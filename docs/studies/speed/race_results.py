"""Keep the results of the race, and make a table and a picture of them.

    python -m docs.studies.speed.race_results [RUNS RACE]

takes over what is finished in RUNS, if it is named, into results/RACE, scoring each run with
test-time augmentation too; then it writes the tables into ../speed.md and the README and draws
accuracy_over_seconds.png, from the results that are kept. A race is what was trained on one
machine, in one precision and on one backend; the picture is of all races of one machine.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from pathlib import Path
from statistics import fmean, median
from typing import Any

from cifarcnn.benchmark.flops import training_mflop
from cifarcnn.language.load import load_resolved
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.metrics.spread import spread, with_deviation
from cifarcnn.runs.learning_curve import read_curve
from docs.generate.markdown import table, with_part
from docs.studies.speed.race import CIFARCNN, KERAS, NOTEBOOK, PACE

FOLDER = Path(__file__).parent
KEPT = FOLDER / "results"
PAGE = FOLDER.parents[1] / "speed.md"
README = FOLDER.parents[2] / "README.md"
PICTURE = FOLDER / "accuracy_over_seconds.png"
STUDY = FOLDER.parent / "reproduction/results/notebook"
"""Whole trainings of the notebook's configs: accuracies are taken from there, the pace is ours."""

PICTURED = "AMD EPYC"
"""The machine whose races are drawn, those on TensorFlow."""

KERAS_EPOCHS = 40
AUGMENTED = "mirror+shift"


@dataclass(frozen=True)
class Result:
    """What is kept of one turn."""

    race: str
    program: str
    seed: int
    values: dict[str, Any]

    @property
    def machine(self) -> str:
        """The processor's name, as far as the system tells it."""
        processor: str = self.values["machine"]["processor"]
        return " ".join(processor.replace("(R)", "").removesuffix("Processor").split())

    @property
    def on(self) -> str:
        """Machine, precision and backend of a run; TensorFlow goes without saying."""
        return f"{self.machine}, `{self.values['precision']}`{', JAX' if self.on_jax else ''}"

    @property
    def on_jax(self) -> bool:
        """Whether the backend was JAX."""
        return "jax" in self.values["versions"]

    @property
    def seconds(self) -> float:
        """From the command to its end; of the Keras script, for 40 epochs instead of a few.

        Those not trained are taken to last as long as those that were, without the first step.
        """
        seconds: float = self.values["seconds"]
        if self.program == KERAS:
            seconds += (KERAS_EPOCHS - len(self.values["epoch_seconds"])) * self.pace
        return seconds

    @property
    def pace(self) -> float:
        """The seconds of an epoch of the Keras script: the mean, without the first step.

        With that goes what `fit` prepares before it, a second or less, which favours the script.
        """
        epochs: list[float] = self.values["epoch_seconds"]
        return (sum(epochs) - self.values["first_step_seconds"]) / len(epochs)


def take_over(runs: Path, race: str) -> None:
    """Copy the results of finished turns, without what belongs to one machine only."""
    (KEPT / race).mkdir(parents=True, exist_ok=True)
    for file in sorted(runs.glob("*-seed*.json")):
        kept = KEPT / race / file.name
        if not kept.exists():
            values = json.loads(file.read_text())
            run = file.with_suffix("")
            if run.is_dir():
                values |= what_it_did(run)
                if not run.name.startswith(PACE):
                    values |= scores(run)
            kept.write_text(json.dumps(values, indent=2) + "\n")


def scores(run: Path) -> dict[str, Any]:
    """What a run scored, without and with test-time augmentation."""
    command = [*CIFARCNN, "evaluate", str(run / "checkpoint.h5"), "--tta", AUGMENTED, "--json"]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {
        "test_accuracy": told["test_accuracy"],
        "augmented_accuracy": told["augmented"]["accuracy"],
    }


def what_it_did(run: Path) -> dict[str, Any]:
    """What a run computed, its curve, and the machine."""
    summary = json.loads((run / "summary.json").read_text())
    record = json.loads((run / "record.json").read_text())
    spec = load_resolved(run / "spec.yaml")
    curve = read_curve(run / "history.csv")
    return {
        "images": spec.data.images_to_train_on,
        "epochs": summary["epochs"],
        "precision": spec.runtime.precision,
        "training_mflop_per_image": training_mflop(plan_network(spec.model.layers)),
        "val_accuracy": curve.val_accuracy,
        "epoch_seconds": curve.seconds,
        "machine": record["machine"],
        "versions": record["versions"],
        "switches": record["switches"],
    }


def results() -> list[Result]:
    """All results that are kept, by race, program and seed."""
    found = []
    for path in KEPT.glob("*/*-seed*.json"):
        program, _, seed = path.stem.rpartition("-seed")
        found.append(Result(path.parent.name, program, int(seed), json.loads(path.read_text())))
    return sorted(found, key=lambda result: (result.race, result.program, result.seed))


def races(found: Sequence[Result]) -> list[list[Result]]:
    """The results of each race."""
    return [list(of_race) for _, of_race in groupby(found, key=lambda result: result.race)]


def of(found: Sequence[Result], program: str) -> list[Result]:
    """Those of one program."""
    return [result for result in found if result.program == program]


def configs(found: Sequence[Result]) -> list[str]:
    """The configs that were trained to their end, the quickest first."""
    names = {r.program for r in found if r.program != KERAS and not r.program.startswith(PACE)}
    return sorted(names, key=lambda name: median(r.seconds for r in of(found, name)))


def shares(found: Sequence[Result], config: str) -> list[float]:
    """The time of each run as a share of that of the Keras script in the same round."""
    keras = {result.seed: result.seconds for result in of(found, KERAS)}
    return [r.seconds / keras[r.seed] for r in of(found, config) if r.seed in keras]


def table_of_configs(found: Sequence[Result]) -> str:
    """Accuracy, time and arithmetic of each config, race by race."""
    heads = (
        "config", "on two cores of", "test accuracy", f"with `--tta {AUGMENTED}`", "seeds",
        "a run takes", "of the Keras script's time", "FLOP",
    )  # fmt: skip
    return table(heads, [row(race, config) for race in races(found) for config in configs(race)])


def script_of(race: Sequence[Result]) -> str:
    """How the Keras script of a race differs from one that is left to its defaults."""
    told = [r.values.get("environment", {}).get("TF_ENABLE_ONEDNN_OPTS") for r in of(race, KERAS)]
    return "; the script without oneDNN" if "0" in told else ""


def row(race: Sequence[Result], config: str) -> list[str]:
    """What the runs of one config in one race came to."""
    runs = of(race, config)
    flop = [
        r.values["training_mflop_per_image"] * 1e6 * r.values["images"] * r.values["epochs"]
        for r in runs
    ]
    compared = shares(race, config)
    return [
        f"`{config}`",
        runs[0].on + script_of(race),
        with_deviation(spread([r.values["test_accuracy"] for r in runs])),
        with_deviation(spread([r.values["augmented_accuracy"] for r in runs])),
        str(len(runs)),
        range_of([r.seconds for r in runs], "{:,.0f} s"),
        range_of(compared, "{:.3f}") if compared else "",
        f"{fmean(flop):.1e}".replace("e+", "e"),
    ]


def table_of_keras(found: Sequence[Result]) -> str:
    """How the time of the Keras script is formed, round by round, and the others' beside it."""
    with_script = [race for race in races(found) if of(race, KERAS)]
    raced = list(dict.fromkeys(config for race in with_script for config in configs(race)))
    rows = []
    for race in with_script:
        machine = next(r.machine for r in race if "machine" in r.values)
        for number, keras in enumerate(of(race, KERAS), start=1):
            epochs = keras.values["epoch_seconds"]
            beside = {r.program: r for r in race if r.seed == keras.seed}
            rows.append(
                [
                    machine + script_of(race),
                    str(number),
                    f"{keras.values['seconds'] - sum(epochs):.1f}",
                    ", ".join(f"{seconds:.1f}" for seconds in epochs),
                    f"{keras.seconds:,.0f}",
                    *(f"{beside[name].seconds:,.0f}" if name in beside else "" for name in raced),
                ]
            )
    heads = ("on", "round", "start and end", "epochs", "40 epochs")
    return table([*heads, *(f"`{config}`" for config in raced)], rows)


TABLES = {"configs": table_of_configs, "keras": table_of_keras}
PAGES = {PAGE: ("configs", "keras"), README: ("configs",)}
"""Which page has which tables."""


def range_of(values: Sequence[float], form: str) -> str:
    """The median, and the smallest and largest of several."""
    shown = form.format(median(values))
    if len(values) > 1:
        shown += f" ({form.format(min(values))} to {form.format(max(values))})"
    return shown


def with_tables(page: Path, found: Sequence[Result]) -> str:
    """The text of a page with its tables made anew."""
    text = page.read_text(encoding="utf-8")
    for name in PAGES[page]:
        text = with_part(text, name, TABLES[name](found))
    return text


def draw(path: Path, found: Sequence[Result]) -> None:
    """Draw the accuracy over the seconds since the command, on a logarithmic scale."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    drawn = [r for r in found if "machine" in r.values and r.machine == PICTURED and not r.on_jax]
    figure = Figure(figsize=(9, 5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    grays = ("#bbbbbb", "#999999", "#777777", "#444444", "#000000")
    for config, color in zip(NOTEBOOK, grays, strict=True):
        (pace,) = of(drawn, f"{PACE}-{config}")
        curve = read_curve(STUDY / f"{config}-seed{pace.seed}" / "history.csv")
        second = pace.values["epoch_seconds"][1]
        start = pace.seconds - 2 * second
        seconds = [start + second * epoch for epoch in curve.epochs]
        axes.plot(seconds, curve.val_accuracy, color=color, linewidth=1.2, label=config)
    for number, config in enumerate(configs(drawn)):
        color = f"C{number}"
        runs = of(drawn, config)
        curves = zip(*(r.values["val_accuracy"] for r in runs), strict=True)
        paces = zip(*(accumulate(r.values["epoch_seconds"]) for r in runs), strict=True)
        seconds = [fmean(at) for at in paces]
        outside = fmean(r.seconds for r in runs) - seconds[-1]
        seconds = [outside + at for at in seconds]
        axes.plot(seconds, [fmean(at) for at in curves], color=color, linewidth=1.2)
        accuracy = fmean(r.values["test_accuracy"] for r in runs)
        axes.plot(
            seconds[-1], accuracy, color=color, marker="*", markersize=13, linestyle="none",
            label=f"{config}: {accuracy:.1%} of the test images",
        )  # fmt: skip
    axes.set(xscale="log", xlabel="seconds since the command", ylabel="accuracy", ylim=(0.4, 0.96))
    axes.set_xticks([20, 50, 100, 200, 500, 1000, 2000])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False, loc="lower right", fontsize="small")
    figure.savefig(path)


def main() -> int:
    """Take over, write and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="?", help="the folder of the race")
    parser.add_argument("race", nargs="?", help="what it is called in results/")
    arguments = parser.parse_args()
    if arguments.runs:
        if not arguments.race:
            parser.error("RUNS needs the name of its RACE, such as xeon-float32")
        take_over(arguments.runs, arguments.race)
    found = results()
    for page in PAGES:
        page.write_text(with_tables(page, found), encoding="utf-8")
    draw(PICTURE, found)
    print(f"{len(found)} results")
    return 0


if __name__ == "__main__":
    sys.exit(main())
