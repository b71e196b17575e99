"""Why a training failed, in one sentence."""

from clfer.errors import ClferError

OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory")
"""How torch says, for a GPU and for the CPU, that an allocation was refused."""


def reason_of(error: Exception) -> str:
    """The cause of a failure for people, with the way out where there is one."""
    if isinstance(error, ClferError):
        return str(error)
    text = str(error)
    if isinstance(error, MemoryError) or any(sign in text.lower() for sign in OUT_OF_MEMORY):
        return "There was not enough memory: choose a smaller batch or image size."
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}; resume the run once that is mended."
    return f"{type(error).__name__}: {text.splitlines()[0] if text else 'no message'}"
