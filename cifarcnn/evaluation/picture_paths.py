"""Where the pictures of evaluations go."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cifarcnn.errors import UserError
from cifarcnn.evaluation.evaluate import Evaluation


@dataclass(frozen=True)
class PicturePlace:
    """The files for the pictures of one evaluation."""

    figure_path: Path
    mistakes_path: Path


def require_picture_place(plot: Path | None, checkpoints: int) -> None:
    """Check, before anything is computed, that `--plot` can hold the pictures.

    Raises:
        UserError: it is a file of another type, or one file for several checkpoints, or lies where
            nothing can.
    """
    if plot is None:
        return
    if _is_folder(plot):
        nearest = next(parent for parent in (plot, *plot.absolute().parents) if parent.exists())
        if not nearest.is_dir():
            raise UserError(f"--plot {plot}: {nearest} is not a folder")
        return
    if plot.suffix.lower() != ".png":
        raise UserError(f"--plot {plot}: expected a file that ends in .png, or a folder")
    if checkpoints > 1:
        raise UserError(
            f"--plot {plot}: one file cannot hold the pictures of {checkpoints} checkpoints; "
            "name a folder"
        )
    if not plot.parent.is_dir():
        raise UserError(f"--plot {plot}: there is no folder {plot.parent}")


def picture_places(plot: Path | None, evaluations: Sequence[Evaluation]) -> list[PicturePlace]:
    """A place for each evaluation; no two are the same.

    The figures are in the file or the folder `plot`, the mistakes beside them; without `plot`, in
    the current folder.
    """
    if plot is not None and not _is_folder(plot):
        return [_place(plot)]
    folder, taken = plot or Path(), set()
    places = []
    for evaluation in evaluations:
        name, number = f"{evaluation.label}-{evaluation.split}", 1
        while (numbered := name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        taken.add(numbered)
        places.append(_place(folder / f"{numbered}.png"))
    return places


def _place(figures: Path) -> PicturePlace:
    return PicturePlace(figures, figures.with_name(f"{figures.stem}-mistakes.png"))


def _is_folder(plot: Path) -> bool:
    return plot.is_dir() or not plot.suffix
