"""Measurements as lines of a table, from their JSON."""

from typing import Any

HEAD = f"{'row':28} {'target':>10} {'median':>10}   {'min – max':21} met"


def lines(row: dict[str, Any]) -> list[str]:
    """One line for a row, one for each further quantity of it, and its note."""
    parts = [_line(row), *(_line(part, indent="  ") for part in row["also"])]
    return [*parts, f"  {row['note']}"] if row["note"] else parts


def refusal(name: str, sentence: str) -> list[str]:
    """The lines of a row that could not be measured."""
    return [f"{name:28} {'':>10} {'–':>10}   {'cannot run here':21} no", f"  {sentence}"]


def _line(part: dict[str, Any], indent: str = "") -> str:
    kind, target = part["kind"], part["target"]
    bound = "–" if target is None else f"{'≥' if kind == 'speedup' else '≤'} {_show(kind, target)}"
    spread = f"{_show(kind, part['min'])} – {_show(kind, part['max'])}"
    met = "–" if target is None else "yes" if _reached(part) else "no"
    return (
        f"{indent + part['name']:28} {bound:>10} {_show(kind, part[kind]):>10}   {spread:21} {met}"
    )


def _reached(part: dict[str, Any]) -> bool:
    value, target = part[part["kind"]], part["target"]
    return bool(value >= target if part["kind"] == "speedup" else value <= target)


def _show(kind: str, value: float) -> str:
    if kind in ("share", "growth"):
        return f"{100 * value:.2f} %"
    if kind == "seconds":
        return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"
    return f"{value:.1f}×" if kind == "speedup" else f"{value:.3f}"
