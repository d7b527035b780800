"""Write the pages of the reference, or compare them with what would be written.

`python -m docs.generate [FOLDER]` writes them into FOLDER, else into docs/reference.
`python -m docs.generate --check [FOLDER]` writes nothing, names stale pages, and exits with 1 then.
"""

import sys
from pathlib import Path

from docs.generate.pages import COMMAND, NOTE, pages

CHECKOUT = Path(__file__).parents[2]


def main(words: list[str]) -> str:
    """Write every page and remove the pages that no longer exist; returns what was done.

    With `--check` among the words, nothing is written.

    Raises:
        SystemExit: the folder holds pages of another kind, or a page is stale.
    """
    folders = [word for word in words if word != "--check"]
    folder = Path(folders[0]) if folders else CHECKOUT / "docs" / "reference"
    made = pages()
    old = _old_pages(folder)
    if "--check" in words:
        _require_fresh(folder, old, made)
        return f"{len(made)} pages in {folder} are up to date"
    folder.mkdir(parents=True, exist_ok=True)
    for name in old:
        if name not in made:
            (folder / name).unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return f"{len(made)} pages in {folder}"


def _old_pages(folder: Path) -> dict[str, str]:
    """The text of each page that the folder has.

    Raises:
        SystemExit: it holds pages of another kind.
    """
    old = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    for name, text in old.items():
        if not text.startswith(NOTE):
            raise SystemExit(f"{folder / name} is no page of the reference; name another folder")
    return old


def _require_fresh(folder: Path, old: dict[str, str], made: dict[str, str]) -> None:
    """Compare the pages of the folder with those that would be written.

    Raises:
        SystemExit: some differ; names them.
    """
    stale = [name for name in sorted(old.keys() | made.keys()) if old.get(name) != made.get(name)]
    if stale:
        names = "\n".join(f"{folder / name} is stale" for name in stale)
        raise SystemExit(f"{names}\nrun `{COMMAND}`")


if __name__ == "__main__":
    print(main(sys.argv[1:]))
