"""The app under Streamlit's own test runner, with a tiny pair of models."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from tiny_pair import write_pair


@pytest.fixture(scope="session")
def pair_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both tiny checkpoints."""
    return write_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def start(
    repository: Path, pair_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., AppTest]]:
    """Starts the app as ``streamlit run app/main.py`` does, with app/ on the import path."""
    monkeypatch.syspath_prepend(str(repository / "app"))

    def run(checkpoints: Path = pair_folder, **query: str) -> AppTest:
        monkeypatch.setenv("CLFER_CHECKPOINTS", str(checkpoints))
        app = AppTest.from_file(str(repository / "app" / "main.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    yield run
    for name in [n for n in sys.modules if n.split(".")[0] in _OWN]:
        del sys.modules[name]


_OWN = {"components", "views", "state", "selection", "photos", "resources", "explained"}


@pytest.fixture
def page_text() -> Callable[[AppTest], str]:
    """All HTML of a page in one string."""
    return lambda app: "\n".join(element.body for element in app.html)
