"""Names of files, expressions, models and runs, titles, tags and notes are text wherever shown."""

import re
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import pandas as pd
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as st_
from markdown_it import MarkdownIt
from patience import PATIENCE
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from clfer.analysis.comparison import compare
from clfer.analysis.scoring import published_scores
from clfer.experiments.table import Column, ResultTable, to_latex, to_markdown
from clfer.models.checkpoint import load_checkpoint
from clfer.report import build_report
from clfer.spreadsheet import csv_text

FOLDER = {"data": "folder", "split": "valid"}
VIEWS = (
    ("data", FOLDER),
    ("runs", {}),
    ("embeddings", {}),
    ("models", {}),
    ("face", FOLDER | {"face": f"valid/{hostile.NAME}/{hostile.NAME} 1.png"}),
    ("runs", {"run": f"1 {hostile.NAME}"}),
    ("confusion", {}),
    ("attention", {}),
    ("semantics", {}),
    ("learning_intensity", {}),
    ("batch", {}),
    ("what_if", {}),
    ("train", {}),
    ("face", {"face": hostile.TEXT, "data": hostile.TEXT, "a": hostile.TEXT, "run": hostile.TEXT}),
)
IN_SHORT = 3

APP = {
    "batches", "components", "explained", "logs", "memory", "perturbed", "photos", "resources",
    "selection", "shared", "state", "views",
}  # fmt: skip


@pytest.fixture
def open_view(
    repository: Path, pair_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., AppTest]]:
    """Opens a view of an app whose models, faces and runs have hostile names."""
    models = hostile.write_models(tmp_path / "models", pair_folder)
    monkeypatch.setenv("CLFER_CHECKPOINTS", str(models))
    monkeypatch.setenv("CLFER_RUNS", str(hostile.write_runs(tmp_path / "runs", pair_folder)))
    monkeypatch.setenv("CLFER_FOLDER_ROOT", str(hostile.write_faces(tmp_path / hostile.NAME)))
    monkeypatch.syspath_prepend(str(repository / "app"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    st.cache_resource.clear()

    def show(view: str, query: dict[str, str]) -> AppTest:
        app = AppTest.from_file(str(repository / "app" / "main.py"), default_timeout=PATIENCE)
        for key, value in ({"b": f"b {hostile.NAME}"} | query).items():
            app.query_params[key] = value
        app._page_hash = calc_hash("" if view == "face" else view.replace("_", "-"))
        return app.run()

    yield show
    for name in [name for name in sys.modules if name.split(".")[0] in APP]:
        del sys.modules[name]


def test_no_view_reads_a_name_as_more_than_text(
    open_view: Callable[..., AppTest],
    cases: Callable[[int, int], int],
    record: Callable[..., None],
) -> None:
    views = VIEWS[: cases(len(VIEWS), IN_SHORT)]
    wrong, seen = [], ""
    for view, query in views:
        app = open_view(view, query)
        wrong += [f"{view}: {leak}" for leak in hostile.leaks(app)]
        seen += repr([text for _, _, text in hostile._texts(app)])
    record("injection", cases=len(views), failures=len(wrong))
    assert not wrong, "\n".join(wrong)
    assert seen.count("hot") > 20, "the hostile names are not even shown"


def test_the_report_and_its_figures_hold_no_tags(
    pair_folder: Path, tmp_path: Path, record: Callable[..., None]
) -> None:
    folder = hostile.write_models(tmp_path, pair_folder)
    a, b = (load_checkpoint(folder / n) for n in ("ferplus-baseline", f"b {hostile.NAME}"))
    scores = [published_scores(model) for model in (a, b)]
    assert scores[0] is not None
    assert scores[1] is not None
    page = build_report(compare(scores[0], scores[1]), (a, b)).decode()
    found = [page[m.start() : m.start() + 90] for m in hostile.TAGS.finditer(page)]
    record("injection", cases=1, failures=len(found))
    assert not found, "\n".join(found)
    assert "hot" in page
    assert hostile.HOST in page
    scripts = page.split('<script type="application/json"')[1:]
    assert all("<" not in script.split("</script>")[0].split(">", 1)[1] for script in scripts)


MARKS = "\\`*_[](){}<>&$~|#+-=.!:;/@ \n\"'1a"
TRICKS = (
    hostile.TEXT, hostile.NAME, "![x](y)", "[x](y)", "[x]: y", "<http://y>", "&lt;b&gt;", "**x**",
    "_x_", "# x", "1. x", "2) x", "- x", "> x", "---", "```x```", ":material/home:", ":smile:",
    ":red[x]", "$x$", "~~x~~", "http://hostile.invalid", "www.hostile.invalid", "\\", "a\\*b*",
    "a@hostile.invalid", "| a |\n|---|", "x\n===", "=", ".",
)  # fmt: skip


@given(st_.one_of(st_.text(MARKS, max_size=40), st_.sampled_from(TRICKS)))
def test_markdown_shows_a_plain_text_as_it_stands(repository: Path, text: str) -> None:
    place = repository / "app" / "components" / "plain.py"
    plain = runpy.run_path(str(place))["plain"]
    shown = plain(text)
    tokens = MarkdownIt("commonmark").enable(["strikethrough", "table"]).parse(shown)
    line = " ".join(text.split())
    if not line:
        assert not shown
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}, shown
    read = "".join(child.content for child in children)
    assert read.replace("\u2060", "") == line
    # What Streamlit looks for in the text itself: icons, emoji, directives, addresses.
    assert not re.search(r":[\w+/-]+:|:\w+\[|https?://|www\.|@\w", read, re.IGNORECASE), read


STARTS = ("=", "+", "-", "@", "\t=", "\r=", " =", "＝", "-2+3+cmd|' /C calc'!A0", "@SUM(1)")


@given(
    st_.lists(st_.sampled_from(STARTS).flatmap(lambda s: st_.text(max_size=9).map(s.__add__))),
    st_.floats(allow_nan=False, allow_infinity=False),
)
def test_no_text_becomes_a_formula(texts: list[str], number: float) -> None:
    table = pd.DataFrame({"=name": texts, "number": [number] * len(texts)})
    written = csv_text(table)
    assert not [cell for cell in hostile.formulas(written) if cell.strip() not in ("+", "-")]
    mixed = pd.DataFrame({"value": np.array([number, 1, None, "plain"], dtype=object)})
    assert csv_text(mixed) == mixed.to_csv(index=False)


def test_tables_for_latex_and_markdown_are_text(record: Callable[..., None]) -> None:
    evil = r"\input{/etc/passwd} $x$ %} & \\ <a href=x> ![p](q) | `code`"
    table: Any = ResultTable("evil", evil, (Column(evil),), ((evil,),), (evil,))
    latex, markdown = to_latex(table), to_markdown(table)
    record("injection", cases=2, failures=0)
    assert r"\input" not in latex.replace(r"\textbackslash{}input", "")
    assert "<a href" not in markdown.replace(r"\<a", "")
