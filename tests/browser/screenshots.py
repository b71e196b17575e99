"""Screenshots of every view, wide and narrow, light and dark: ``make screenshots``.

The app runs with the checkpoints that are installed (or those in CLFER_CHECKPOINTS), shows the
trainings that they came from as its runs, and has no data set, so that the pictures hold no face of
one and may be published; ``--root`` shows the faces of a FER+ folder as well, for looking at and
not for publishing.
"""

import argparse
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from running_app import REPOSITORY, start_app

from clfer.models.library import list_checkpoints
from clfer.training.run_folder import RunFolder

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
SCHEMES = ("light", "dark")
VIEWS = (
    "face",
    "what-if",
    "batch",
    "confusion",
    "embeddings",
    "attention",
    "semantics",
    "learning-intensity",
    "train",
    "runs",
    "data",
    "models",
    "reproduce",
)
CHOSEN = {"runs": "?run=ferplus-ours"}
"""What the address chooses in a view."""

QUALITY = 80
PATIENCE_MS = 120_000


def main() -> None:
    """Start the app, photograph it, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "assets" / "screenshots")
    parser.add_argument("--views", nargs="*", default=VIEWS, choices=VIEWS)
    parser.add_argument("--root", help="a FER+ folder; its faces are then in the pictures")
    parser.add_argument("--whole", action="store_true", help="the whole page, not one screen")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        _app(wanted.root, _write_runs(Path(place) / "runs")) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        for view in wanted.views:
            for size in SIZES:
                for scheme in SCHEMES:
                    picture = _photograph(browser, address, view, size, scheme, wanted.whole)
                    picture.save(wanted.out / f"{view}-{size}-{scheme}.webp", quality=QUALITY)
        browser.close()


def _photograph(
    browser: Browser, address: str, view: str, size: str, scheme: str, whole: bool
) -> Image.Image:
    """One view as a picture, when it has settled."""
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1
    )
    page.goto(f"{address}/{'' if view == 'face' else view}{CHOSEN.get(view, '')}")
    _settle(page)
    if whole:
        full = page.evaluate(
            "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
        )
        page.set_viewport_size({"width": width, "height": int(full) + 60})
        _settle(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return picture


def _settle(page: Page) -> None:
    """Wait until the page has been drawn and nothing has run for a second."""
    page.locator(".clfer-title h1").wait_for(timeout=PATIENCE_MS)
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid=stApp]');
            const busy = app?.dataset.testScriptState !== 'notRunning'
              || document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
            if (busy) window.quietSince = undefined;
            else window.quietSince ??= performance.now();
            return performance.now() - (window.quietSince ?? Infinity) > 1200;
        }""",
        timeout=PATIENCE_MS,
    )


def _write_runs(folder: Path) -> Path:
    """Run folders as the trainings of the installed checkpoints left them, without weights."""
    folder.mkdir()
    for summary in list_checkpoints():
        table = summary.folder / "history.parquet"
        if table.is_file():
            run = RunFolder.create(folder / summary.folder.name, summary.card.config, resume=False)
            rows = pd.read_parquet(table).to_dict("records")
            run.rewrite_metrics(rows)
            run.write_status("done", epoch=len(rows), epochs=len(rows))
    return folder


@contextmanager
def _app(root: str | None, runs: Path) -> Iterator[str]:
    """A running app; its address."""
    for name in [name for name in os.environ if name.endswith("_ROOT")]:
        del os.environ[name]
    told = {"CLFER_RUNS": str(runs)} | ({} if root is None else {"CLFER_FERPLUS_ROOT": root})
    app = start_app(runs.with_suffix(".log"), **told)
    try:
        yield app.address
    finally:
        app.kill()


def _chromium() -> str:
    named = os.environ.get("CLFER_CHROMIUM")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("Chromium not found: install it with 'apt-get install chromium'.")
    return found


if __name__ == "__main__":
    main()
