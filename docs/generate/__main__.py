"""`python -m docs.generate [FOLDER]`: write the pages into FOLDER, else docs/reference."""

import sys
from pathlib import Path

from docs.generate.pages import NOTE, pages

CHECKOUT = Path(__file__).parents[2]


def main(words: list[str]) -> str:
    """Write every page and remove those that are no longer made; returns what was done.

    Raises:
        SystemExit: the folder holds pages of another kind.
    """
    folder = Path(words[0]) if words else CHECKOUT / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    old = sorted(folder.glob("*.md"))
    foreign = [path for path in old if not path.read_text(encoding="utf-8").startswith(NOTE)]
    if foreign:
        raise SystemExit(f"{foreign[0]} is no page of the reference; name another folder")
    made = pages()
    for path in old:
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return f"{len(made)} pages in {folder}"


if __name__ == "__main__":
    print(main(sys.argv[1:]))
