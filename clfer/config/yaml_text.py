"""YAML as people write it in configurations: small, plain and without references."""

from typing import Any

import yaml

LARGEST = 50_000
"""Characters of a text; a configuration has three thousand, and reading takes time by length."""

TOO_LARGE = f"it is longer than the {LARGEST:,} characters that are read"
BRACKETS = 1_000
"""Opening brackets of a text; the time for reading grows with the square of open ones."""

TOO_DEEP = "it is nested too deeply"
REFERENCE = (
    "it refers to an anchor, a few of which can stand for billions of values: write them out"
)


def read_yaml(text: str) -> Any:
    """The value of a YAML text.

    Raises:
        yaml.YAMLError: it is not valid, or longer, deeper or more involved than any configuration.
    """
    if len(text) > LARGEST:
        raise yaml.YAMLError(TOO_LARGE)
    if text.count("[") + text.count("{") > BRACKETS:
        raise yaml.YAMLError(TOO_DEEP)
    try:
        if "*" in text:
            _refuse_references(text)
        return yaml.safe_load(text)
    except RecursionError:
        raise yaml.YAMLError(TOO_DEEP) from None
    except (ValueError, OverflowError) as error:  # 2020-13-45, or a number of 5,000 digits
        raise yaml.YAMLError(str(error).split(";")[0]) from error


def _refuse_references(text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(REFERENCE)
