"""Text that people, files and models brought along, for widgets that read Markdown."""

import re

# An underscore inside a word is none.
_MARKS = re.compile(r"([\\`*\[\]<>&$~|]|(?<!\w)_|_(?!\w))")
_START = re.compile(r"^(\d*)(?=[#+=.)-])")

# Marks that Streamlit looks for in the text when Markdown is done with it: icons and emoji between
# colons, addresses. An invisible joiner parts them where a backslash cannot.
_WORDS = re.compile(r"(?<=:)(?=[\w/+-])|(?<=\bwww)(?=\.)|(?<=@)(?=\w)", re.IGNORECASE)
_JOINER = "\u2060"


def plain(text: str) -> str:
    """The text as Markdown that shows it as it stands, in one line.

    Names of files, expressions, runs and models may hold anything: an image in one would make the
    browser load it from elsewhere.
    """
    line = _WORDS.sub(_JOINER, " ".join(text.split()))
    return _START.sub(r"\1\\", _MARKS.sub(r"\\\1", line))
