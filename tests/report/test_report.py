"""A report says what the comparison says, is valid HTML, and needs nothing from outside."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from tiny_pair import write_faces, write_pair

from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.scoring import published_scores, snapshot_scores
from clfer.data import load_faces
from clfer.errors import ConfigError
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.report import SECTIONS, build_report
from clfer.report.blocks import Table
from clfer.report.table import table_html

VOID = {"meta", "br", "link", "img", "hr", "input"}
LARGEST = 8e6
"""Bytes."""

Pair = tuple[Checkpoint, Checkpoint]


class Reader(HTMLParser):
    """Checks the balance of tags and collects texts, attributes and cells."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: dict[str, str] = {}
        self.style = ""
        self.cells: list[str] = []
        self.text: list[str] = []
        self._id = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.attributes += [(tag, key, value) for key, value in found.items()]
        self._id = found.get("id", "")
        if tag in ("td", "th"):
            self.cells.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            self.scripts[self._id] = self.scripts.get(self._id, "") + data
        elif inside == "style":
            self.style += data
        else:
            self.text.append(data)
            if inside in ("td", "th"):
                self.cells[-1] += data


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("faces") / "FERPlus")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Pair:
    folder = write_pair(tmp_path_factory.mktemp("pair"), root)
    return load_checkpoint(folder / "ferplus-baseline"), load_checkpoint(folder / "ferplus-ours")


@pytest.fixture(scope="module")
def comparison(pair: Pair) -> Comparison:
    a, b = (published_scores(model) for model in pair)
    assert a is not None
    assert b is not None
    return compare(a, b)


@pytest.fixture(scope="module")
def page(comparison: Comparison, pair: Pair) -> str:
    return build_report(comparison, pair).decode()


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def test_html_is_balanced_and_ids_are_unique(read: Reader) -> None:
    assert not read.open
    ids = [value for _, key, value in read.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    anchors = {value for tag, key, value in read.attributes if (tag, key) == ("a", "href")}
    assert anchors == {f"#{name}" for name in SECTIONS}
    assert anchors <= {f"#{name}" for name in ids}


def test_nothing_comes_from_outside(read: Reader, page: str) -> None:
    assert len(page.encode()) < LARGEST
    for tag, key, value in read.attributes:
        if key in ("src", "href", "srcset", "data", "action", "poster", "background"):
            assert value.startswith("#"), f"<{tag} {key}={value}>"
    assert not re.search(r"@import|url\(|https?:", read.style)
    policy = next(v for t, k, v in read.attributes if (t, k) == ("meta", "content") and "src" in v)
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_no_picture_of_a_face_is_inside(read: Reader, page: str, root: Path) -> None:
    own = "".join(text for name, text in read.scripts.items() if name)
    assert "data:image" not in own
    assert not any(tag == "img" for tag, _, _ in read.attributes)
    figures = json.loads(read.scripts["figures"])
    kinds = {trace["type"] for figure in figures.values() for trace in figure["data"]}
    assert "image" not in kinds
    assert not any(figure["layout"].get("images") for figure in figures.values())


def test_numbers_are_those_of_scikit_learn(read: Reader, comparison: Comparison) -> None:
    numbers = json.loads(read.scripts["numbers"])
    classes = range(len(comparison.classes))
    for side, scored in (("A", comparison.a), ("B", comparison.b)):
        said = scored.logits.argmax(axis=1)
        found = numbers["models"][side]
        assert found["n"] == len(comparison)
        assert found["accuracy"] == accuracy_score(scored.labels, said)
        want = confusion_matrix(scored.labels, said, labels=classes)
        assert found["confusion"] == want.tolist()
        occurring = sorted(set(scored.labels) | set(said))
        f1 = f1_score(scored.labels, said, labels=occurring, average="macro", zero_division=0)
        assert found["macro_f1"] == pytest.approx(f1)


def test_tables_hold_every_number(read: Reader, comparison: Comparison, pair: Pair) -> None:
    numbers, cells = json.loads(read.scripts["numbers"]), read.cells
    text = "".join(read.text)
    for model in pair:
        assert model.sha256 in cells
        assert json.dumps(model.card.model_dump(mode="json"), indent=2) in text
        for metric in model.card.metrics.values():
            assert f"{metric:.4f}" in text
    for model in numbers["models"].values():
        low, high = (100 * end for end in model["accuracy_interval"])
        assert f"{100 * model['accuracy']:.2f} ({low:.2f} to {high:.2f})" in cells
        for value in (model["macro_f1"], model["ece"]):
            assert f"{value:.4f}" in cells
        for row in model["confusion"]:
            for count in row:
                assert f"{count:,}" in cells
    a, b = (np.array(numbers["models"][side]["confusion"]) for side in "AB")
    for change in (b - a).ravel().tolist():
        assert (f"{change:+,}".replace("-", "−") if change else "0") in cells
    for count in list(numbers["mcnemar"].values())[:4]:
        assert f"{count:,}" in cells
    assert f"{len(comparison):,} faces" in text
    for name, factor, digits in (("mean_class_accuracy", 100, 2), ("macro_f1", 1, 3)):
        found = numbers["changes"][name]
        for part in ("value", "low", "high"):
            assert f"{factor * found[part]:+.{digits}f}".replace("-", "−") in text
        assert f"{found['p_value']:.2g}" in text


def test_every_chart_has_its_place_height_and_words(read: Reader) -> None:
    figures = json.loads(read.scripts["figures"])
    places = [v for t, k, v in read.attributes if (t, k) == ("div", "id")]
    assert sorted(places) == sorted(figures)
    spoken = [value for _, key, value in read.attributes if key == "aria-label" and "." in value]
    assert len(spoken) == len(figures)
    assert all(figure["layout"]["height"] for figure in figures.values())
    for part in ("confusion", "reliability", "embedding", "learning-curves"):
        assert any(part in name for name in figures), part


def test_sections_can_be_chosen_and_unknown_ones_are_named(
    comparison: Comparison, pair: Pair
) -> None:
    short = Reader(build_report(comparison, pair, ["limits", "models"]).decode())
    assert [v for t, k, v in short.attributes if (t, k) == ("section", "id")] == [
        "models",
        "limits",
    ]
    with pytest.raises(ConfigError, match=r"'faces'.*models"):
        build_report(comparison, pair, ["faces"])


def test_figures_take_the_theme(comparison: Comparison, pair: Pair) -> None:
    dark = build_report(comparison, pair, ["confusion"], "dark").decode()
    light = build_report(comparison, pair, ["confusion"], "light").decode()
    for theme, page in (("dark", dark), ("light", light)):
        assert page.count("prefers-color-scheme: dark") == 1
        (figure, *_) = json.loads(Reader(page).scripts["figures"]).values()
        card = {"dark": "#161d26", "light": "#ffffff"}[theme]
        assert figure["layout"]["template"]["layout"]["paper_bgcolor"] == card


def test_earlier_epoch_and_the_same_model_twice(pair: Pair) -> None:
    ours = pair[1]
    early = snapshot_scores(ours, 1)
    text = "".join(Reader(build_report(compare(early, early), (ours, ours)).decode()).text)
    assert "A at epoch 1, B at epoch 1" in text
    assert "of which only logits and" in text
    assert "A and B are the same checkpoint" in text


def test_limits_name_what_is_missing(read: Reader) -> None:
    text = "".join(read.text)
    assert "no face of contempt" in text
    assert "One training of each model" in text


def test_texts_are_escaped(comparison: Comparison, pair: Pair, root: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"<b>": ["a & b"], "x": ["</td><script>"]})
    drawn = table_html(Table("a < b", frame))
    assert "<script>" not in drawn
    assert "a &amp; b" in drawn
    assert "a &lt; b" in drawn
    assert load_faces("ferplus", root, "valid").names[0] not in Reader(drawn).cells
