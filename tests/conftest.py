"""What every test shares: thread counts, a private place to write, the browser, the real faces."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A busy machine makes any example slow; a test that hangs is ended by its time limit.
settings.register_profile("clfer", deadline=None)
settings.load_profile("clfer")

# Read by OpenMP when torch is first imported, and inherited by every process a test starts. The
# tensors of the tests are small, and threads that wait for a busy core cost more than they give.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

REPOSITORY = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the journeys through the app, the longest: no process is left with one alone."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session", autouse=True)
def _private_user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests away from the user's own runs, cache, checkpoints and data."""
    home = tmp_path_factory.mktemp("user")
    _share_drawn_faces(home / "cache", tmp_path_factory.getbasetemp())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLFER_RUNS", str(home / "runs"))
        patch.setenv("CLFER_REPRODUCTION", str(home / "reproduction"))
        patch.setenv("CLFER_CACHE", str(home / "cache"))
        patch.setenv("CLFER_OWN_CHECKPOINTS", str(home / "checkpoints"))
        for name in ("CHECKPOINTS", "FERPLUS_ROOT", "RAFDB_ROOT", "FOLDER_ROOT"):
            patch.delenv(f"CLFER_{name}", raising=False)
        yield


def _share_drawn_faces(cache: Path, base: Path) -> None:
    """Let all processes of a session draw the synthetic faces once; that takes ten seconds."""
    from clfer.data.synthetic.drawn import FOLDER

    place = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / FOLDER
    place.mkdir(exist_ok=True)
    cache.mkdir()
    (cache / FOLDER).symlink_to(place, target_is_directory=True)


@pytest.fixture
def one_core() -> Iterator[None]:
    """As on a machine with one core, where no two runs are trained side by side."""
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usual)})  # inherited by the processes that a test starts
    yield
    os.sched_setaffinity(0, usual)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout under test."""
    return REPOSITORY


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The installed Chromium or Chrome, for Playwright's `executable_path`."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    message = "Chromium not found: install it with 'apt-get install chromium' or install Chrome."
    if os.environ.get("CLFER_REQUIRE_BROWSER") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator["Browser"]:
    """The installed Chromium, one for all tests of a process: a second Playwright cannot start."""
    from playwright.sync_api import sync_playwright  # here: most tests do without

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def faces_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small FER+ tree of drawn faces."""
    from tiny_pair import write_faces  # here: it imports torch, which most tests do without

    return write_faces(tmp_path_factory.mktemp("faces") / "FERPlus")


@pytest.fixture(scope="session")
def pair_folder(tmp_path_factory: pytest.TempPathFactory, faces_root: Path) -> Path:
    """A folder with both tiny checkpoints, published on these faces."""
    from tiny_pair import write_pair

    return write_pair(tmp_path_factory.mktemp("pair"), faces_root)


@pytest.fixture(scope="session")
def ferplus_root() -> Path:
    """The real FER+ train and valid folders, unpacked or as a zip archive."""
    beside = REPOSITORY.parent / "shared" / "data" / "ferplus-train-valid.zip"
    root = Path(os.environ.get("CLFER_FERPLUS", beside)).expanduser()
    if not root.exists():
        pytest.skip(f"FER+ not found at {root}: name its folder or zip in CLFER_FERPLUS.")
    return root
