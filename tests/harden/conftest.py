"""What the hardening tests share: how many cases to try, and where their figures go.

The same tests run short among all the others and, with CLFER_HARDEN=1, in full. Cases are made
from fixed seeds, each from its own number alone; CLFER_HARDEN_CASE=<number> tries just that one.
The figures of a session are printed as a table and written to the file that CLFER_HARDEN_OUT
names.
"""

import os
from collections.abc import Callable

import pytest
from harden_figures import PROPERTY, Figure, FigureTable

Cases = Callable[[int, int], int]
CaseNumbers = Callable[[int, int], list[int]]
Record = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    """Collect the figures where reports arrive: here, or from the worker processes."""
    if os.environ.get("PYTEST_XDIST_WORKER") is None:
        config.pluginmanager.register(
            FigureTable(os.environ.get("CLFER_HARDEN_OUT")), "harden-figures"
        )


@pytest.fixture(scope="session")
def cases() -> Cases:
    """`cases(full, short)`: how many cases a test tries in this session."""

    def choose(full: int, short: int) -> int:
        return full if os.environ.get("CLFER_HARDEN") == "1" else short

    return choose


@pytest.fixture(scope="session")
def case_numbers(cases: Cases) -> CaseNumbers:
    """`case_numbers(full, short)`: which cases a test tries in this session, by number."""

    def choose(full: int, short: int) -> list[int]:
        only = os.environ.get("CLFER_HARDEN_CASE")
        return [int(only)] if only else list(range(cases(full, short)))

    return choose


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """`record(area, cases=..., failures=..., ...)`: put figures of this test into the table.

    Cases and failures of an area add up over its tests; of any other number the largest stays.
    Record before asserting, so that a failure is counted.
    """

    def keep(area: str, **figures: Figure) -> None:
        request.node.user_properties.append((PROPERTY, [area, figures]))

    return keep
