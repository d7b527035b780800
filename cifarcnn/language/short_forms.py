"""Values of a spec with a name of their own: an option, a variable, an argument of a function."""

SHORT_FORMS = {
    "epochs": ("training", "epochs"),
    "batch_size": ("training", "batch_size"),
    "seed": ("seed",),
    "deterministic": ("runtime", "deterministic"),
    "device": ("runtime", "device"),
    "backend": ("runtime", "backend"),
}


def variable_of(name: str) -> str:
    """The environment variable of a short form."""
    return f"CIFARCNN_{name.upper()}"
