"""Screenshots of the Face view, wide and narrow, light and dark: ``make screenshots``.

The app runs with the checkpoints that are installed (or those in CLFER_CHECKPOINTS).
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
PANELS = ("Semantics", "Learning intensity", "Attribution")
SCALE = 1.5
"""Device pixels per CSS pixel."""


def main() -> None:
    """Start the app, photograph it, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "assets" / "screenshots")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    process = subprocess.Popen([*command, "--server.port", str(port)], cwd=REPOSITORY)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            _photograph(browser, f"http://127.0.0.1:{port}", folder)
            browser.close()
    finally:
        process.terminate()
        process.wait(10)


def _photograph(browser: Browser, address: str, folder: Path) -> None:
    """One screen per size and theme, and the whole page with each panel for the wide ones."""
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            for panel in PANELS if size == "wide" else PANELS[:1]:
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    device_scale_factor=SCALE,
                )
                page.goto(f"{address}/?panel={panel.replace(' ', '+')}")
                _settle(page)
                name = f"face-{size}-{scheme}"
                if panel == PANELS[0]:
                    page.screenshot(path=folder / f"{name}.png")
                whole = page.evaluate(
                    "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
                )
                page.set_viewport_size({"width": width, "height": int(whole)})
                _settle(page)
                page.screenshot(path=folder / f"{name}-{panel.lower().replace(' ', '-')}.png")
                page.close()


def _settle(page: Page) -> None:
    """Wait for the panel's charts and for the end of the run that draws them."""
    charts = page.locator(".st-key-card-panel .js-plotly-plot")
    charts.last.wait_for(state="attached", timeout=120_000)
    page.wait_for_timeout(2500)
    page.wait_for_function("document.querySelector('[data-stale=true]') === null")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("The app did not start; run 'make app' to see why.")


def _chromium() -> str:
    named = os.environ.get("CLFER_CHROMIUM")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("Chromium not found: install it with 'apt-get install chromium'.")
    return found


if __name__ == "__main__":
    main()
