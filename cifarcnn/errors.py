"""The errors that a user sees: a message, an optional hint, and the exit code of the process."""


class CifarcnnError(Exception):
    """Something failed: one or two lines for the user, exit code 1.

    `message` says what was expected, what came and where; `hint` says what to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UserError(CifarcnnError):
    """The user's input is wrong (a spec, an option, a file): exit code 2."""

    exit_code = 2


class UnusableValueError(UserError):
    """A value of a spec is right by itself, but cannot be used on this machine or with this data.

    `path` leads to it in the spec; where it was set, the caller knows: see `told_with_places`.
    """

    def __init__(self, path: tuple[str | int, ...], message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.path = path


def os_reason(error: OSError) -> str:
    """Why the system refused something, such as "No space left on device"."""
    return error.strerror or str(error)


class RegistrationError(ValueError):
    """Something cannot be registered; the message is a whole sentence for the user."""
