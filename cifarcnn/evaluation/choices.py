"""What can be chosen when a checkpoint is scored; the command line reads it before NumPy."""

from typing import Literal

SplitName = Literal["train", "validation", "test"]
TestTimeAugmentation = Literal["none", "mirror", "mirror+shift"]
