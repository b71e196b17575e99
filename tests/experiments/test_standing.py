"""How an item's log is read, and how its table becomes a frame for the screen."""

from dataclasses import asdict, replace

import pandas as pd
import pytest

from clfer.experiments.frame import frame_of
from clfer.experiments.scale import load_scale
from clfer.experiments.size_words import size_in_words
from clfer.experiments.standing import reason
from clfer.experiments.table import Column, ResultTable
from clfer.work import forecasting
from clfer.work.forecasting import forecast_missing, forecast_of


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], ""),
        (["1/3  baseline", "table6: /folder"], ""),
        (["1/3  baseline", "Stopped; the same command goes on with it."], ""),
        (["1/3  baseline", "Error: The disk is full.", ""], "The disk is full."),
        (
            ["Traceback (most recent call last):", "  File", "KeyError: 'a'"],
            "It ended with an unexpected error: KeyError: 'a'",
        ),
    ],
)
def test_the_log_tells_why_a_process_ended(lines: list[str], why: str) -> None:
    assert reason(lines) == why


def test_a_frame_keeps_numbers_sortable_and_gaps_missing() -> None:
    columns = (
        *(Column("method"), Column("ours", 2, "%"), Column("n"), Column("year")),
        *(Column("p"), Column("mixed", 1)),
    )
    rows = (
        ("a", 71.25, 12345, 2019, 0.00001, 3.14159),
        ("a long name " * 7, None, None, 2024, None, "none"),
        ("c", 9, 7, 2021, 1, None),
    )
    frame = frame_of(asdict(ResultTable("t", "", columns, rows)))
    assert list(frame.data) == ["method", "ours (%)", "n", "year", "p", "mixed"]
    assert frame.data.sort_values("ours (%)").index.tolist() == [2, 0, 1]
    assert frame.lines == {"method": 3}
    assert frame.data["n"].isna().tolist() == [False, True, False]
    assert frame.data["n"].dropna().tolist() == [12345, 7]
    assert frame.data["mixed"].tolist() == ["3.1", "none", None]
    assert frame.formats == {"ours (%)": "%.2f", "n": "localized", "year": "%d", "p": "%g"}
    assert pd.api.types.is_numeric_dtype(frame.data["p"])


def test_a_size_in_words_names_data_faces_epochs_seeds_and_split() -> None:
    scale = load_scale("cpu", {"ferplus": "/data"})
    assert size_in_words(scale, ("ferplus",), {"ferplus": "FER+"}) == (
        "FER+; 10,000 training faces, 10 epochs at 64 px unless an item says otherwise; 1 seed, "
        "3 for Table VIII; scored on the validation faces."
    )
    alike = replace(scale, items={})
    assert "10 epochs at 64 px; 1 seed" in size_in_words(alike, ("ferplus",), {})


def test_only_missing_runs_are_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    from clfer.experiments.forecast import Forecast
    from clfer.experiments.registry import find_item
    from clfer.experiments.reproduce import grid_of

    runs = grid_of([find_item("table6")], load_scale("smoke")).runs
    seen = []

    def stand_in(missing: list[object], launch: object) -> Forecast:
        seen.append(missing)
        return Forecast(len(missing), 1, 60.0, 50.0, 70.0, 2**30)

    monkeypatch.setattr(forecasting, "forecast", stand_in)
    arguments = {"item": "table6", "scale": "smoke", "runs": [runs[1].identity], "roots": {}}
    found = forecast_of(forecast_missing(arguments, lambda done, total: None))
    assert [[run.identity for run in missing] for missing in seen] == [[runs[1].identity]]
    assert found == Forecast(1, 1, 60.0, 50.0, 70.0, 2**30)
