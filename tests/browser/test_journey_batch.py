"""Many photos in a real browser: uploaded, read, chosen, explained, exported."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from schemes import dark_then_light

from clfer.analysis.predict import predict_image
from clfer.expressions import EXPRESSIONS
from clfer.faces import load_sample
from clfer.models.checkpoint import load_checkpoint

pytestmark = pytest.mark.browser


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """A photo of two faces and one of a single face."""
    face, drawn = load_sample("astronaut")[:256, 100:356], load_sample("synthetic happiness 3")
    paths = [tmp_path / "two.png", tmp_path / "one.png"]
    for path, pixels in zip(paths, (np.concatenate([face, drawn], axis=1), face), strict=True):
        Image.fromarray(pixels).save(path)
    return paths


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/batch")
    expect(page.locator(".st-key-card-batch-photos")).to_contain_text("No photos yet")


def _give(page: Page, *paths: Path) -> None:
    page.locator(".st-key-card-batch-photos input[type=file]").set_input_files(list(paths))
    expect(page.locator(".st-key-card-batch-results [data-testid=stDataFrame]")).to_be_visible()


def _download(page: Page, label: str) -> bytes:
    with page.expect_download() as download:
        page.locator(".st-key-batch-export").get_by_role("button", name=label).click()
    assert download.value.suggested_filename == f"clfer-batch.{label.lower()}"
    return Path(download.value.path()).read_bytes()


def test_two_photos_become_a_table_and_files(
    page: Page, app_address: str, pair_folder: Path, photos: list[Path]
) -> None:
    _open(page, app_address)
    _give(page, *photos)
    results = page.locator(".st-key-card-batch-results")
    expect(results).to_contain_text("A and B disagree on 3 of 3 faces")
    expect(results).to_contain_text("2 photos · 3 faces · 0 without a face · 0 unreadable")

    rows = pd.read_csv(BytesIO(_download(page, "CSV"))).set_index(["photo", "face"])
    content = json.loads(_download(page, "JSON"))
    assert sorted(rows.index) == [("one.png", 1), ("two.png", 1), ("two.png", 2)]
    assert rows["divergence"].is_monotonic_decreasing
    for side, name in (("a", "ferplus-baseline"), ("b", "ferplus-ours")):
        model = load_checkpoint(pair_folder / name)
        assert content["models"][side]["sha256"] == model.sha256
        for path, stored in zip(photos, content["photos"], strict=True):
            said = predict_image(model, path).faces
            assert stored["photo"] == path.name
            for number, (face, kept) in enumerate(zip(said, stored["faces"], strict=True), 1):
                columns = [f"{side}_p_{n}" for n in EXPRESSIONS]
                expected = [face.probabilities[n] for n in EXPRESSIONS]
                assert rows.loc[(path.name, number), columns].tolist() == pytest.approx(expected)
                assert list(kept[side]["probabilities"].values()) == pytest.approx(expected)


def test_a_chosen_row_is_the_subject_of_the_face_view(
    page: Page, app_address: str, photos: list[Path]
) -> None:
    _open(page, app_address)
    _give(page, photos[1])
    table = page.locator(".st-key-card-batch-results [data-testid=stDataFrame]")
    # The table is a canvas: its first column, below the head, holds the mark of the first row.
    table.click(position={"x": 17, "y": 68})
    results = page.locator(".st-key-card-batch-results")
    expect(results).to_contain_text("one.png, face 1: now the subject of the Face view.")
    expect(results.locator(".clfer-word")).to_have_text(["Sadness", "Surprise"])
    results.get_by_role("link", name="Explain this face").click()
    expect(page.locator(".st-key-card-photo")).to_contain_text("one.png")
    expect(page.locator(".st-key-card-b .clfer-word")).to_have_text(["Surprise"])
    expect(page.get_by_role("button", name="Explain face 1")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert "one.png" not in page.url


def test_a_zip_with_a_text_file_named_jpg(
    page: Page, app_address: str, photos: list[Path], tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(photos[1], "faces/one.png")
        archive.writestr("notes.jpg", "Not a picture at all.")
    _open(page, app_address)
    _give(page, tmp_path / "all.zip")
    results = page.locator(".st-key-card-batch-results")
    expect(results).to_contain_text("all.zip/notes.jpg is not an image")
    expect(results).to_contain_text("2 photos · 1 face · 0 without a face · 1 unreadable")


def test_nothing_scrolls_sideways_on_a_phone(
    page: Page, app_address: str, photos: list[Path]
) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, app_address)
    _give(page, photos[1])
    for _ in dark_then_light(page):
        page.wait_for_function(
            "() => [...document.querySelectorAll('[class*=st-key-card-]')].every(e =>"
            " e.getBoundingClientRect().right <= innerWidth + 1)"
            " && document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth + 1"
        )
