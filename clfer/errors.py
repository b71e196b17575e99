"""The errors that a user can mend.

Every message is one sentence that names the file or field at fault and says what to do.
The command line prints it and exits with code 2; the app shows it where the cause is.
"""


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
