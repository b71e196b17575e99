"""Names that do harm where they are read as HTML, Markdown or a formula, and what shows them."""

import csv
import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from google.protobuf.json_format import MessageToDict
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from clfer.config import Config, dump_config
from clfer.faces import load_sample
from clfer.models.card import CARD, read_card
from clfer.runs.record import Notes, save_notes

HOST = "hostile.invalid"
TEXT = f'<a href="//{HOST}/a" onclick=hot>hot</a><img src=//{HOST}/i>![pic](//{HOST}/m)'
"""For titles, tags and notes."""

NAME = f"<b onclick=hot>hot![pic](https:{HOST})"
"""For names of files and folders, which hold no slash."""

TAGS = re.compile(r"<(?:a href=[^#]?//|img src=|b onclick=)", re.IGNORECASE)
PICTURE = re.compile(r"(?<!\\)!\[pic(?<!\\)\]\(")
WIDGET_TEXT = ("label", "help", "body", "caption", "captions", "content", "title")
CHART_TEXT = ("text", "hovertext", "hovertemplate", "ticktext", "title", "name", "customdata")


def write_models(folder: Path, pair: Path) -> Path:
    """The tiny pair with hostile titles, metrics and names of faces, B in a hostile folder."""
    for name, place in (("ferplus-baseline", "ferplus-baseline"), ("ferplus-ours", f"b {NAME}")):
        target = folder / place
        shutil.copytree(pair / name, target)
        card = json.loads((target / CARD).read_text(encoding="utf-8"))
        card |= {"title": f"{name} {TEXT}", "code_version": TEXT, "created": TEXT}
        card["metrics"] |= {f"accuracy {TEXT}": 0.5}
        (target / CARD).write_text(json.dumps(card), encoding="utf-8")
        faces = pd.read_parquet(target / "faces.parquet")
        faces["name"] = [f"{NAME} {i}" if i % 2 else name for i, name in enumerate(faces["name"])]
        faces.to_parquet(target / "faces.parquet")
        (target / "README.md").write_text(f"# x\n\n{TEXT}\n\n{NAME}\n", encoding="utf-8")
    return folder


def write_faces(root: Path) -> Path:
    """A data set of the layout ``folder`` with a hostile expression and hostile file names."""
    for split in ("train", "valid"):
        for label in ("happy", NAME, "=1+1"):
            (root / split / label).mkdir(parents=True)
            for i in range(3):
                picture = Image.fromarray(load_sample("synthetic happiness 3")).rotate(9 * i)
                picture.save(root / split / label / f"{NAME} {i}.png")
    return root


def write_runs(folder: Path, pair: Path) -> Path:
    """Two runs whose names, titles, notes, tags, logs and reasons are hostile."""
    checkpoint = pair / "ferplus-ours"
    for seed, state in ((0, "done"), (1, "failed")):
        run = folder / f"{seed} {NAME}"
        run.mkdir(parents=True)
        config = read_card(checkpoint).config
        changes = {"seed": seed, "train": Config().train}
        (run / "config.yaml").write_text(dump_config(config.model_copy(update=changes)))
        rows = pd.read_parquet(checkpoint / "history.parquet")
        rows.to_json(run / "metrics.jsonl", orient="records", lines=True)
        (run / "log.txt").write_text(TEXT, encoding="utf-8")
        known: dict[str, Any] = {"state": state, "epoch": 6, "epochs": 8, "heartbeat": time.time()}
        known |= {"reason": f"It failed in {TEXT}."} if state == "failed" else {}
        (run / "status.json").write_text(json.dumps(known), encoding="utf-8")
        save_notes(run, Notes(title=f"{seed} {TEXT}", text=TEXT, tags=(TEXT, NAME)))
    return folder


def leaks(app: AppTest) -> list[str]:
    """Where a page would read a hostile name as more than text."""
    found = [f"exception: {error.value}" for error in app.exception]
    for kind, path, text in _texts(app):
        where = f"{kind} {path}: {text[:200]!r}"
        if kind == "html":
            found += [where] * bool(TAGS.search(text))
        elif kind == "plotly_chart":
            found += [where] * bool(path in CHART_TEXT and TAGS.search(text))
        elif path in WIDGET_TEXT:
            found += [where] * bool(PICTURE.search(text))
    return found


def _texts(app: AppTest) -> Iterator[tuple[str, str, str]]:
    """Kind of element, name of the field, text: all that a page sends to the browser."""
    for element in _elements(app._tree):
        kind = element.type
        content = MessageToDict(element.proto, preserving_proto_field_name=True)
        if kind == "plotly_chart":
            content = json.loads(content["spec"])
            hovers = json.dumps(content)
            content = _without(content, "customdata") if "%{customdata" not in hovers else content
        for path, text in _strings(content, ""):
            yield kind, path, text


def _elements(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if isinstance(child, Block):
            if child.proto is not None:
                yield child
            yield from _elements(child)
        else:
            yield child


def _strings(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _strings(below, key if name in ("_inputArray",) else name)
    elif isinstance(value, list):
        for below in value:
            yield from _strings(below, key)


def _without(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _without(below, key) for name, below in value.items() if name != key}
    return [_without(below, key) for below in value] if isinstance(value, list) else value


def formulas(text: str) -> list[str]:
    """Cells of a CSV that a spreadsheet program would run."""
    rows = csv.reader(io.StringIO(text, newline=""))
    return [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and _is_text(cell)]


def _is_text(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return bool(cell)
    return False
