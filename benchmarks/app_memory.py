"""Row app-memory: the memory of a running app over 200 uploads by one visitor."""

import io
from typing import TYPE_CHECKING

import numpy as np
import psutil
from PIL import Image

from benchmarks.frame import Measurement, alone
from benchmarks.served import AT_REST, browser, open_page, served, wait_until_complete
from clfer.faces import SAMPLES, load_sample

if TYPE_CHECKING:
    from playwright.sync_api import Page

TARGET = 0.05
UPLOADS = 200
SETTLED = 20
"""Uploads after which memory may not grow any more."""

WINDOW = 10
"""Readings whose median counts: a single one falls before or after a collection by chance."""

MEBIBYTE = 2**20


def run(repeats: int) -> Measurement:
    """Growth of the resident memory of the server from the first 20 to all 200 uploads.

    Args:
        repeats: Not used: the uploads of one run are many, and their median counts.
    """
    readings = []
    with browser() as chromium, served() as app:
        page = open_page(chromium)
        page.goto(f"{app.address}?panel=Semantics")
        wait_until_complete(page)
        page.get_by_text("Upload", exact=True).first.click()
        server = psutil.Process(app.pid)
        for number in range(UPLOADS):
            _upload(page, number)
            readings.append(server.memory_info().rss / MEBIBYTE)
    early = float(np.median(readings[SETTLED - WINDOW : SETTLED]))
    late = float(np.median(readings[-WINDOW:]))
    return Measurement(
        "app-memory",
        "growth",
        [late / early - 1],
        TARGET,
        f"Resident memory of the server, {UPLOADS} photos uploaded in Chromium by one visitor "
        f"against the first {SETTLED}; both models loaded.",
        {
            "mebibytes_after_20": early,
            "mebibytes_after_200": late,
            "mebibytes_every_20": readings[SETTLED - 1 :: SETTLED],
        },
    )


def _upload(page: "Page", number: int) -> None:
    """Give another photo and wait until it has been explained."""
    title = f"photo-{number}.jpg"
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": title, "mimeType": "image/jpeg", "buffer": _photo(number)}
    )
    page.locator(f'.photo img[alt^="{title}"]').wait_for()
    page.wait_for_selector(AT_REST)


def _photo(number: int) -> bytes:
    """A sample in another light, size and crop: no two uploads are alike."""
    rng = np.random.default_rng(number)
    names = list(SAMPLES)
    pixels = load_sample(names[number % len(names)]).astype(np.float32)
    edge = min(pixels.shape[:2])
    cut = int(edge * rng.uniform(0, 0.06))
    light = np.clip(pixels[cut:, cut:] * rng.uniform(0.85, 1.1), 0, 255).astype(np.uint8)
    side = int(rng.integers(480, 900))
    stream = io.BytesIO()
    Image.fromarray(light).resize((side, side)).save(stream, format="JPEG", quality=90)
    return stream.getvalue()


if __name__ == "__main__":
    alone(run)
