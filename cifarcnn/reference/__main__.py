"""`python -m cifarcnn.reference [FOLDER]`: write the pages into FOLDER, else docs/reference."""

import sys
from pathlib import Path

from cifarcnn.reference.pages import pages


def main() -> None:
    """Write every page, and remove those that are no longer made."""
    words = sys.argv[1:]
    folder = Path(words[0]) if words else Path(__file__).parents[2] / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in set(folder.glob("*.md")) - {folder / name for name in made}:
        old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    print(f"{len(made)} pages in {folder}")


if __name__ == "__main__":
    main()
