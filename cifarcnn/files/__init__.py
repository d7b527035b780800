"""Writing files atomically, locking folders, and reading arrays that may come from a stranger."""
