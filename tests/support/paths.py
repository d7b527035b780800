"""Folders that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The top of the checkout."""
SUPPORT = Path(__file__).parent
"""Where the programs are that tests start as child processes."""
EXAMPLES = ROOT / "docs" / "examples"
"""The example files of the documentation."""
