"""The app under Streamlit's own test runner, with a tiny pair of models."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from patience import PATIENCE
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash


def show(app: AppTest, page: str) -> AppTest:
    """Open a view (the name of its module), as a click in the navigation does.

    ``AppTest.switch_page`` knows pages that are files; ours are functions, which Streamlit tells
    apart by a hash of their path in the address.
    """
    app._page_hash = calc_hash("" if page == "face" else page.replace("_", "-"))
    return app.run()


@pytest.fixture
def start(
    repository: Path, pair_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., AppTest]]:
    """Starts the app as ``streamlit run app/main.py`` does, with app/ on the import path.

    ``page`` is the module of a view, ``root`` the FER+ folder that the environment names, and the
    other arguments are what the address says.
    """
    monkeypatch.syspath_prepend(str(repository / "app"))
    # Streamlit puts the script in the place of __main__, which every spawned process imports.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def run(
        page: str = "face",
        *,
        checkpoints: Path = pair_folder,
        root: Path | None = None,
        **query: str,
    ) -> AppTest:
        monkeypatch.setenv("CLFER_CHECKPOINTS", str(checkpoints))
        if root is None:
            monkeypatch.delenv("CLFER_FERPLUS_ROOT", raising=False)
        else:
            monkeypatch.setenv("CLFER_FERPLUS_ROOT", str(root))
        st.cache_resource.clear()
        app = AppTest.from_file(str(repository / "app" / "main.py"), default_timeout=PATIENCE)
        for key, value in query.items():
            app.query_params[key] = value
        return show(app, page)

    yield run
    for name in [n for n in sys.modules if n.split(".")[0] in _OWN]:
        del sys.modules[name]


_OWN = {
    "components",
    "views",
    "state",
    "selection",
    "photos",
    "perturbed",
    "batches",
    "resources",
    "explained",
    "logs",
    "shared",
}


@pytest.fixture
def page_text() -> Callable[[AppTest], str]:
    """All HTML of a page in one string."""
    return lambda app: "\n".join(element.body for element in app.html)


@pytest.fixture
def open_view() -> Callable[[AppTest, str], AppTest]:
    """See :func:`show`."""
    return show
