"""Presets, YAML text and ``key=value`` overrides become a validated configuration.

One YAML file per published setting lies in ``clfer/presets``. Unknown keys and impossible values
are refused with a sentence that names the key, the value and the allowed range.
"""

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from reprlib import Repr
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from clfer.config.allowed import allowed
from clfer.config.run import Config
from clfer.config.sections import Section
from clfer.config.yaml_text import read_yaml
from clfer.errors import ConfigError

_SHOWN = 80
_BRIEF = Repr()
_BRIEF.maxstring = _BRIEF.maxlong = _BRIEF.maxother = _SHOWN


def preset_names() -> list[str]:
    """Names of the presets that ship with the package."""
    folder = resources.files("clfer") / "presets"
    return sorted(
        p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml")
    )


def load_preset(name: str, overrides: Iterable[str] = ()) -> Config:
    """Read a preset by name, or a YAML file by path, and apply ``key=value`` overrides.

    Raises:
        ConfigError: no such preset, the file is no YAML mapping, or a key or value is refused.
    """
    return _validated(_with_overrides(_read(name), overrides), name)


def parse_config(text: str, source: str) -> Config:
    """Validate a configuration from YAML text; ``source`` names it in errors.

    Raises:
        ConfigError: as for :func:`load_preset`.
    """
    return _validated(_mapping(text, source), source)


def dump_config(config: Config) -> str:
    """The configuration as YAML, every key written out."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)


def _read(name: str) -> dict[str, Any]:
    if name in preset_names():
        text = (resources.files("clfer") / "presets" / f"{name}.yaml").read_text("utf-8")
        return {"preset": name, **_mapping(text, name)}
    path = Path(name)
    if not path.is_file():
        raise ConfigError(
            f"There is no preset or configuration file '{name}': "
            f"choose one of {', '.join(preset_names())} or give the path of a YAML file."
        )
    try:
        return _mapping(path.read_text("utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} cannot be read as UTF-8 text.") from error


def _mapping(text: str, source: str) -> dict[str, Any]:
    try:
        value = read_yaml(text)
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise ConfigError(f"Configuration '{source}' is not valid YAML: {detail}.") from error
    if not isinstance(value, dict):
        raise ConfigError(f"Configuration '{source}' must be a mapping of sections to keys.")
    return value


def _with_overrides(values: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    for item in overrides:
        key, separator, text = item.partition("=")
        if not separator or not key.strip():
            raise ConfigError(
                f"Override '{item}' must have the form key=value, e.g. train.batch=32."
            )
        *sections, last = key.strip().split(".")
        target = values
        for section in sections:
            target = target.setdefault(section, {})
            if not isinstance(target, dict):
                raise ConfigError(f"Override '{item}': '{section}' is a value, not a section.")
        try:
            target[last] = read_yaml(text)
        except yaml.YAMLError as error:
            shown = item if len(item) <= _SHOWN else f"{item[:_SHOWN]}…"
            raise ConfigError(f"Override '{shown}': the value is not valid YAML.") from error
    return values


def _validated(values: dict[str, Any], source: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"Configuration '{source}': {_reason(first)}.") from error


def _reason(first: ErrorDetails) -> str:
    """The first fault: key, value and what the key allows."""
    key = ".".join(str(part) for part in first["loc"]) or "the configuration"
    if first["type"] == "extra_forbidden":
        return f"{key} is not a known key"
    if first["type"] == "value_error":
        cause = first["msg"].removeprefix("Value error, ")
        value = first["input"]
        shown = "" if isinstance(value, dict | Section) else f" = {_short(value)}"
        return f"{key}{shown} is refused: {cause}"
    # Where a list lacks an element, the list is at fault.
    place = first["loc"][:-1] if first["type"] == "missing" else first["loc"]
    key = ".".join(str(part) for part in place) or "the configuration"
    may = allowed(place)
    cause = first["msg"] if may is None else f"it must be {may}"
    return f"{key} = {_short(first['input'])} is refused: {cause}"


def _short(value: Any) -> str:
    """A value as it was written, cut where it is long."""
    return _BRIEF.repr(value)
