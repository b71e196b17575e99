"""The figures of the hardening tests: gathered from the tests' reports, printed, written."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

PROPERTY = "harden"
Figure = int | float | str

AREAS = {
    "config": "configuration",
    "crashes": "training",
    "crowd": "many users",
    "data": "data folders",
    "privacy": "exposure and privacy",
}
"""Areas of modules that are not called as their area is."""


class FigureTable:
    """A plugin that turns what tests recorded into one row an area.

    Figures travel as a property of a test's report, which pytest-xdist brings from the worker
    processes. A test that records nothing is one case of its module's area. Where the file to write
    is there already, the figures in it are those of an earlier part of the same hardening, and this
    session adds its own.
    """

    def __init__(self, out: str | None) -> None:
        self.out = Path(out) if out else None
        self.areas: dict[str, dict[str, Figure]] = {}
        self.failed: list[str] = []
        self.passed = 0
        self.seconds_before = 0.0
        self.started = time.monotonic()
        if self.out is not None and self.out.is_file():
            self._continue(json.loads(self.out.read_text(encoding="utf-8")))

    def _continue(self, earlier: dict[str, Any]) -> None:
        self.areas, self.failed = earlier["areas"], earlier["tests_failed"]
        self.passed, self.seconds_before = earlier["tests_passed"], earlier["seconds"]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the figures of one finished test."""
        module = Path(report.nodeid.split("::")[0])
        if report.skipped or ("harden" not in module.parts and module.stem != "test_crashes"):
            return
        if report.failed:
            self.failed.append(report.nodeid)
        if report.when != "call":
            return
        self.passed += report.passed
        figures = [value for name, value in report.user_properties if name == PROPERTY]
        own = module.stem.removeprefix("test_").removeprefix("harden_").replace("_", " ")
        for area, values in figures or [
            (AREAS.get(own, own), {"cases": 1, "failures": int(report.failed)})
        ]:
            self._add(area, values)

    def _add(self, area: str, values: dict[str, Figure]) -> None:
        row = self.areas.setdefault(area, {"cases": 0, "failures": 0})
        for name, value in values.items():
            if name in ("cases", "failures"):
                row[name] = row[name] + value  # type: ignore[operator]
            elif isinstance(value, str) or name not in row:
                row[name] = value
            else:
                row[name] = max(row[name], value)  # type: ignore[type-var]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table and write it as JSON."""
        if not self.areas:
            return
        terminalreporter.section("hardening")
        for line in table_lines(self.areas):
            terminalreporter.line(line)
        summary = self.summary()
        terminalreporter.line(f"Tried in {summary['seconds'] / 60:.1f} minutes.")
        if self.out is not None:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self.out.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
            terminalreporter.line(f"Written to {self.out}.")

    def summary(self) -> dict[str, Any]:
        """The figures of the session, as they are written to JSON."""
        return {
            "areas": dict(sorted(self.areas.items())),
            "cases": sum(row["cases"] for row in self.areas.values()),  # type: ignore[misc]
            "failures": sum(row["failures"] for row in self.areas.values()),  # type: ignore[misc]
            "tests_passed": self.passed,
            "tests_failed": self.failed,
            "seconds": round(self.seconds_before + time.monotonic() - self.started, 1),
        }


def table_lines(areas: dict[str, dict[str, Figure]]) -> list[str]:
    """The table of `areas` as lines of text: area, cases, failures, other figures."""
    head = ("area", "cases", "failures", "figures")
    rows = [
        (area, str(row["cases"]), str(row["failures"]), _others(row))
        for area, row in sorted(areas.items())
    ]
    total = [str(sum(int(row[column]) for row in rows)) for column in (1, 2)]
    rows = [head, *rows, ("all", *total, "")]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        f"{area:<{widths[0]}}  {cases:>{widths[1]}}  {failures:>{widths[2]}}  {rest}".rstrip()
        for area, cases, failures, rest in rows
    ]


def _others(row: dict[str, Figure]) -> str:
    shown = [
        f"{name.replace('_', ' ')} {value:.4g}"
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in row.items()
        if name not in ("cases", "failures")
    ]
    return ", ".join(shown)
