"""Folders that tests read."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The top of the checkout."""
SUPPORT = Path(__file__).parent
"""Where the programs are that tests start as child processes."""
EXAMPLES = ROOT / "docs" / "examples"
"""The example files of the documentation."""
REAL_DATA = os.environ.get("CIFARCNN_DATA_DIR")
"""A place with the real CIFAR-10, if this machine has one."""
