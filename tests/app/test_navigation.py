"""What was chosen survives a change of view and lies in the address."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

Start = Callable[..., AppTest]


def test_choices_survive_a_change_of_view(
    start: Start, open_view: Callable[[AppTest, str], AppTest], faces_root: Path
) -> None:
    app = start(root=faces_root, b="ferplus-baseline", block="2", cell="B-neutral-sadness")
    assert app.query_params["b"] == "ferplus-baseline"
    assert app.session_state["block"] == 2
    open_view(app, "data")
    assert not app.exception
    assert app.session_state["b"] == "ferplus-baseline"
    assert app.query_params["block"] == "2"
    assert app.query_params["cell"] == "B-neutral-sadness"


def test_an_impossible_address_gives_way_to_the_defaults(start: Start) -> None:
    app = start(a="no-such-model", block="9", epoch="-3", split="nowhere", panel="Nonsense")
    assert not app.exception
    assert not app.error
    assert app.session_state["a"] == "ferplus-baseline"
    assert app.session_state["block"] == 4
    assert app.session_state["split"] == "valid"
