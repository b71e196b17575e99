"""The Attention view under AppTest: what it shows, what it lacks, and what wrong input says."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from clfer.expressions import EXPRESSIONS

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]

CARDS = (
    "How much each block is listened to",
    "Faces by the entropy of attention",
    "Each layer’s share of the logit",
    "Leave one layer out",
)


def _galleries(app: AppTest) -> dict[str, dict[str, Any]]:
    """What each gallery of the page was given, by its key."""
    found = [
        e.proto for e in app.get("bidi_component") if e.proto.component_name == "clfer_gallery"
    ]
    return {re.split("-gallery-", p.id)[-1]: json.loads(p.json) for p in found}


def test_with_the_faces_every_card_is_filled(
    start: Start, page_text: Text, faces_root: Path
) -> None:
    app = start("attention", root=faces_root)
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert all(card in text for card in CARDS)
    assert "A (Untrained baseline) has no multi-scale head" in text
    assert "over 56 faces of FER+ valid" in text
    galleries = _galleries(app)
    lowest, highest = galleries["entropy-lowest-B"], galleries["entropy-highest-B"]
    assert len(lowest["items"]) == 6
    assert lowest["more"] == 50
    assert all(item["source"].startswith("data:image/") for item in lowest["items"])
    bits = [
        [float(re.search(r"([\d.]+) bits", item["caption"])[1]) for item in found["items"]]
        for found in (lowest, highest)
    ]
    assert bits[0] == sorted(bits[0])
    assert bits[1] == sorted(bits[1], reverse=True)
    assert bits[0][-1] <= bits[1][-1]


def test_without_the_faces_names_stand_in_and_the_folder_is_asked_for(
    start: Start, page_text: Text
) -> None:
    app = start("attention")
    text = page_text(app)
    assert not app.exception
    assert all(card in text for card in CARDS)
    assert "Choose the FER+ folder to see the faces behind these numbers." in text
    assert app.text_input(key="root.view.ferplus")
    items = _galleries(app)["entropy-lowest-B"]["items"]
    assert items[0]["name"].startswith("fer")
    assert all(item["source"] is None for item in items)


def test_a_root_that_is_no_ferplus_folder_is_one_sentence(
    start: Start, page_text: Text, tmp_path: Path
) -> None:
    app = start("attention", root=tmp_path)
    assert not app.exception
    assert len(app.error) == 1
    assert str(tmp_path) in app.error[0].value
    assert all(card in page_text(app) for card in CARDS)


def test_controls_change_what_is_drawn(start: Start, page_text: Text) -> None:
    app = start("attention")
    assert "by true expression (Eq. 8)" in page_text(app)
    app.segmented_control(key="attention.by").set_value("correctness").run()
    app.segmented_control(key="attention.weight").set_value("attention_norm").run()
    assert not app.exception
    assert "μ‖f′‖ at each block over 56 faces of FER+ valid, by correctness" in page_text(app)


def test_two_models_with_msr_stand_side_by_side(start: Start, page_text: Text) -> None:
    app = start("attention", a="ferplus-ours")
    assert not app.exception
    assert "no multi-scale head" not in page_text(app)
    assert {"entropy-lowest-A", "entropy-lowest-B"} <= set(_galleries(app))


def test_without_msr_one_sentence_says_what_to_choose(start: Start, page_text: Text) -> None:
    app = start("attention", b="ferplus-baseline")
    assert not app.exception
    assert "choose a model with MSR in the sidebar" in page_text(app)
    assert not any(card in page_text(app) for card in CARDS)


def test_an_earlier_epoch_offers_the_slider(start: Start, page_text: Text) -> None:
    app = start("attention", epoch="1")
    assert not app.exception
    assert "Attention of B was kept for the last epoch only" in page_text(app)
    app.select_slider(key="epoch").set_value(6).run()
    assert all(card in page_text(app) for card in CARDS)


def test_nonsense_in_the_address_is_ignored(start: Start, page_text: Text) -> None:
    app = start("attention", face="../../etc/passwd", epoch="many", split="none")
    assert not app.exception
    assert all(card in page_text(app) for card in CARDS)


def test_faces_picked_elsewhere_can_be_looked_at_alone(start: Start, page_text: Text) -> None:
    app = start("attention")
    names = [item["name"] for item in _galleries(app)["entropy-lowest-B"]["items"]]
    app.session_state["picked"] = names[:3]
    app.run()
    app.segmented_control(key="attention.faces").set_value("picked").run()
    assert not app.exception
    assert "over 3 faces of FER+ valid" in page_text(app)
    found = _galleries(app)["entropy-lowest-B"]
    assert sorted(item["name"] for item in found["items"]) == sorted(names[:3])


def _undecided(pair: Path, folder: Path) -> Path:
    """The pair with random contributions in the table of ours, so that every block matters."""
    copy = Path(shutil.copytree(pair, folder / "pair"))
    table = pd.read_parquet(copy / "ferplus-ours" / "faces.parquet")
    shares = np.random.default_rng(2).normal(size=(len(table), len(EXPRESSIONS), 4))
    table["contributions"] = list(shares.reshape(len(table), -1))
    table["logits"] = list(shares.sum(axis=2))
    table.to_parquet(copy / "ferplus-ours" / "faces.parquet")
    return copy


def test_a_cell_shows_the_faces_whose_decision_flips(
    start: Start, page_text: Text, pair_folder: Path, faces_root: Path, tmp_path: Path
) -> None:
    app = start("attention", root=faces_root, checkpoints=_undecided(pair_folder, tmp_path))
    assert not app.exception
    seen = 0
    for expression in ("neutral", "fear"):
        app.session_state["attention.cell"] = f"B-2-{expression}"
        app.run()
        text = page_text(app)
        assert f"True {expression}, model B without block 2" in text
        counts = re.search(
            r"(\d+) of \d+ decisions flips?: (\d+) broken, (\d+) fixed, (\d+) other", text
        )
        flips, *parts = map(int, counts.groups()) if counts else (0,)
        gallery = _galleries(app).get("layer-ablation", {"items": [], "more": 0})
        assert flips == sum(parts) == len(gallery["items"]) + gallery["more"]
        seen += flips
    assert not app.exception
    assert seen
