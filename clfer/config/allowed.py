"""What values a key of a configuration may have, in words, from the schema of its sections."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from clfer.config.run import Config

_WORDS = {
    "integer": "a whole number",
    "number": "a finite number",
    "boolean": "true or false",
    "string": "text",
}


def allowed(place: Sequence[int | str]) -> str | None:
    """The values that a place may have, e.g. ``a whole number from 2 to 512``.

    Args:
        place: Section, key, and positions within a list, as pydantic gives them.

    Returns:
        None for the whole configuration, a section, and a key that is not known.
    """
    node = _schema()
    for part in place:
        inner = _inner(node, part)
        if inner is None:
            return None
        node = _resolved(inner)
    return None if node.get("type") == "object" else _spoken(node)


@cache
def _schema() -> dict[str, Any]:
    return Config.model_json_schema()


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    return node if reference is None else _schema()["$defs"][reference.rpartition("/")[2]]


def _inner(node: dict[str, Any], part: int | str) -> dict[str, Any] | None:
    """The schema of a key of an object, or of an element of a list."""
    found: dict[str, Any] | None
    if isinstance(part, str):
        found = node.get("properties", {}).get(part)
        return found
    several = node.get("prefixItems", [])
    found = several[part] if part < len(several) else node.get("items")
    return found


def _spoken(node: dict[str, Any]) -> str:
    if "anyOf" in node:
        words = [_spoken(_resolved(choice)) for choice in node["anyOf"]]
        return " or ".join(words)
    if "enum" in node or "const" in node:
        return f"one of {', '.join(map(str, node.get('enum', [node.get('const')])))}"
    if node.get("type") == "null":
        return "null"
    if node.get("type") == "array":
        return _list(node)
    return _WORDS[node["type"]] + _range(node)


def _list(node: dict[str, Any]) -> str:
    several = [_spoken(_resolved(item)) for item in node.get("prefixItems", [])]
    if not several:
        return f"a list, each of it {_spoken(_resolved(node['items']))}"
    if len(set(several)) == 1:
        return f"a list of {len(several)}, each {several[0]}"
    return f"a list of {', '.join(several)}"


def _range(node: dict[str, Any]) -> str:
    bounds = {
        key: f"{node[key]:,}"
        for key in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")
        if key in node
    }
    words = []
    if "minimum" in bounds:
        words.append(f"from {bounds['minimum']}")
    if "exclusiveMinimum" in bounds:
        words.append(f"above {bounds['exclusiveMinimum']}")
    if "maximum" in bounds:
        words.append(f"{'to' if 'minimum' in bounds else 'and at most'} {bounds['maximum']}")
    if "exclusiveMaximum" in bounds:
        words.append(f"and below {bounds['exclusiveMaximum']}")
    if "multipleOf" in bounds:
        words.append(f"and a multiple of {bounds['multipleOf']}")
    return "".join(f" {word}" for word in words)
