"""The app with the tiny pair of models, and a page of a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import fresh_page
from playwright.sync_api import Browser, Page
from running_app import start_app


@pytest.fixture(scope="session")
def app_address(
    pair_folder: Path, faces_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Address of a running app that shows the tiny pair of models."""
    app = start_app(
        tmp_path_factory.mktemp("app") / "log",
        CLFER_CHECKPOINTS=str(pair_folder),
        CLFER_FERPLUS_ROOT=str(faces_root),
    )
    yield app.address
    # It holds nothing that a test needs; a busy machine takes long to let it end by itself.
    app.kill()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of 1440 × 900 pixels."""
    with fresh_page(browser) as page:
        yield page
