"""The errors that a user can mend.

Every message is one sentence that names the file or field at fault and says what to do.
The command line prints it and exits with code 2; the app shows it where the cause is.
"""

SHOWN = 120
"""Characters of a foreign text that a message holds at most."""


def shown(text: object) -> str:
    """A foreign text as part of a sentence: one line, no control characters, not too long.

    What is too long loses its middle, so that the ending of a file's name stays.
    """
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    half = SHOWN // 2
    return line if len(line) <= SHOWN else f"{line[: half - 1]} … {line[2 - half :]}"


class ClferError(Exception):
    """Base of all errors that are shown to a user as a sentence, never as a traceback."""


class ConfigError(ClferError):
    """A configuration key is unknown, or its value is impossible."""


class DataError(ClferError):
    """A data set on disk is missing, incomplete or damaged."""


class ImageError(ClferError):
    """An image cannot be decoded or is unusable."""


class CheckpointError(ClferError):
    """A checkpoint is missing, damaged, or does not fit the code."""


class TrainingError(ClferError):
    """A training has gone wrong and cannot go on."""
