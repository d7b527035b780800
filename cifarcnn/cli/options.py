"""The options that several commands share, with one meaning everywhere."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from cifarcnn.language.constants import BackendName
from cifarcnn.language.short_forms import SHORT_FORMS, variable_of

if TYPE_CHECKING:
    from cifarcnn.language.reading.overrides import Override

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Show no progress, only the result."
)
DEVICE_HELP = "auto, cpu, gpu, gpu:1 or gpu:0,1 (counting visible GPUs)."
device_option = click.option("--device", metavar="DEVICE", help=DEVICE_HELP)
checkpoint_device_option = click.option(
    "--device", metavar="DEVICE", default="auto", show_default=True, help=DEVICE_HELP
)
checkpoint_backend_option = click.option(
    "--backend",
    type=click.Choice(get_args(BackendName)),
    default="tensorflow",
    show_default=True,
    envvar="CIFARCNN_BACKEND",
    show_envvar=True,
    help="The engine under Keras; need not be the one that trained.",
)
pixels_option = click.option(
    "--pixels",
    type=click.Choice(["unit", "raw"]),
    help="What a checkpoint of plain Keras expects: 0 to 1, or 0 to 255.  [default: raw if its "
    "network begins by rescaling such pixels, else unit]",
)
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="CIFAR-10: the archive, or a folder with it or with the extracted batches.  "
    "[env var: CIFARCNN_DATA_DIR]",
    metavar="PATH",
)
set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY.PATH=VALUE",
    help="Set any value of the spec, such as training.optimizer.adam.learning_rate=1e-4.",
)


def _run_code(ctx: click.Context, _: click.Parameter, files: tuple[Path, ...]) -> None:
    """Run the files of `--code`, as soon as the command line is read."""
    if files and not ctx.resilient_parsing:
        from cifarcnn.user_code.code_option import run_code_file

        for file in files:
            run_code_file(file)


code_option = click.option(
    "--code",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.py",
    expose_value=False,
    callback=_run_code,
    help="Run a Python file of yours first, which registers layers, callbacks or others.",
)


def short_option(name: str, help_text: str, **attributes: Any) -> Callable[[F], F]:
    """The option of a short form; its help names the variable too."""
    shown = f"{help_text}  [env var: {variable_of(name)}]"
    return click.option(_option_of(name), name, help=shown, **attributes)


def _option_of(name: str) -> str:
    return f"--{name.replace('_', '-')}"


epochs_option = short_option("epochs", "Train at most so many epochs.", type=int, metavar="N")
batch_size_option = short_option("batch_size", "Images per training step.", type=int, metavar="N")
deterministic_option = short_option(
    "deterministic",
    "Use only operations that give the same bits every time.",
    is_flag=True,
    default=None,
)
spec_device_option = short_option("device", DEVICE_HELP, metavar="DEVICE")
backend_option = short_option(
    "backend", "The engine under Keras: tensorflow or jax.", metavar="NAME"
)


def collect_overrides(settings: tuple[str, ...], **short_forms: Any) -> "list[Override]":
    """The values set by environment variables, by --set and by the short forms; the last wins."""
    from cifarcnn.language.reading.overrides import Override, parse_override, parse_variable

    overrides = [
        parse_variable(variable_of(name), text, path)
        for name, path in SHORT_FORMS.items()
        if (text := os.environ.get(variable_of(name)))
    ]
    overrides += [parse_override(text) for text in settings]
    for name, value in short_forms.items():
        if value is not None:
            shown = "" if value is True else f" {value}"
            overrides.append(Override(SHORT_FORMS[name], value, f"{_option_of(name)}{shown}"))
    return overrides
