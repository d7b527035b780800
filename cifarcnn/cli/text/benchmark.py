"""The tables of `cifarcnn benchmark`."""

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from cifarcnn.benchmark.measurements import OURS, STARTS, Figure
from cifarcnn.benchmark.rounds import SpecResult
from cifarcnn.cli.text.output import fitting_table, output_console
from cifarcnn.cli.text.printable import printable
from cifarcnn.runs.record import processor_name


def show_benchmark(results: Sequence[SpecResult], rounds: int) -> None:
    """Print what was measured: speed, start and memory, and ratios if there are any."""
    console = output_console()
    console.print(_speed(results))
    console.print(_starts(results))
    if any(result.ratios for result in results):
        console.print(_ratios(results))
    for line in _facts(results, rounds):
        console.print(printable(line), soft_wrap=True)


def _speed(results: Sequence[SpecResult]) -> Table:
    rows = [
        (
            result.setting.spec.name,
            program.program,
            f"{program.images_per_second.median:,.0f}",
            _range(program.images_per_second, ",.0f"),
            f"{1000 * program.step_seconds.median:.1f}",
            f"{program.mflop:.1f}",
            f"{program.flop_per_second.median / 1e9:.1f}",
            f"{program.share.median:.0%}" if program.share else "",
        )
        for result in results
        for program in result.programs
    ]
    names = ("images/s", "min to max", "ms/step", "MFLOP", "GFLOP/s", "of matmul")
    return _table(names, rows, dropped_first=("MFLOP", "ms/step", "GFLOP/s", "of matmul"))


def _starts(results: Sequence[SpecResult]) -> Table:
    rows = [
        (
            result.setting.spec.name,
            program.program,
            f"{program.time_to_first_step.median:.1f}",
            *(f"{program.start_seconds(part).median:.1f}" for part in STARTS),
            f"{program.peak_memory.median / 1e6:,.0f}",
        )
        for result in results
        for program in result.programs
    ]
    parts = [part.replace("_", " ") for part in STARTS]
    names = ("first step after s", *parts, "peak MB")
    return _table(names, rows, dropped_first=parts)


def _ratios(results: Sequence[SpecResult]) -> Table:
    rows = []
    for result in results:
        for ratio in result.ratios:
            figures = (ratio.images_per_second, ratio.time_to_first_step, ratio.peak_memory)
            cells = [f"{figure.median:.2f} {_in_brackets(figure)}".strip() for figure in figures]
            rows.append((result.setting.spec.name, f"{OURS} / {ratio.peer}", *cells))
    names = ("images/s", "first step", "peak memory")
    return _table(names, rows, dropped_first=("first step", "peak memory"), second="ratio")


def _table(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    dropped_first: Sequence[str],
    second: str = "program",
) -> Table:
    columns = [("spec", "left"), (second, "left"), *((name, "right") for name in names)]
    return fitting_table(columns, rows, dropped_first)


def _in_brackets(figure: Figure) -> str:
    spread = _range(figure, ".2f")
    return f"({spread})" if spread else ""


def _range(figure: Figure, form: str, unit: float = 1.0) -> str:
    if len(figure.values) == 1:
        return ""
    return f"{min(figure.values) / unit:{form}} to {max(figure.values) / unit:{form}}"


def _facts(results: Sequence[SpecResult], rounds: int) -> Iterator[str]:
    """What the figures depend on."""
    yield f"medians of {rounds} round{'s' if rounds > 1 else ''}, each in a fresh process"
    for result in results:
        setting = result.setting
        yield (
            f"{setting.spec.name}: an epoch of {setting.images:,} images of "
            f"{setting.spec.data.dataset} in batches of {setting.spec.training.batch_size:,}, "
            f"behind one to warm up, on {setting.device}"
        )
        yield from (f"{setting.spec.name}: {note}" for note in setting.notes)
        ours = result.programs[0]
        printed = ours.rounds[0].data
        if (rate := ours.matrix_product_rate) and (product := printed.matrix_product):
            size = product.size
            spread = _range(rate, ".1f", 1e9)
            yield (
                f"{setting.spec.name}: matmul of {product.dtype}, {size} x {size}, just before and "
                f"after each epoch: {rate.median / 1e9:.1f} GFLOP/s"
                + (f" ({spread})" if spread else "")
            )
        switches = _pairs(printed.switches)
        yield f"{setting.spec.name}: switches of {OURS}: {switches}"
    yield f"{processor_name()}; {_versions(results)}"
    for program in results[0].programs[1:]:
        variables = _pairs(program.rounds[0].data.environment)
        yield f"variables of the {program.program} script: {variables or 'none'}"


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _versions(results: Sequence[SpecResult]) -> str:
    versions: dict[str, str | int] = {}
    for program in results[0].programs:
        versions |= program.rounds[0].data.versions
    return ", ".join(f"{name} {version}" for name, version in versions.items())
