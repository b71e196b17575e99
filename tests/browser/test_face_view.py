"""A user's way through the Face view in a real browser."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from schemes import dark_then_light

from clfer.analysis.predict import predict_image
from clfer.faces import load_sample
from clfer.models.checkpoint import load_checkpoint

pytestmark = pytest.mark.browser


@pytest.fixture
def two_faces(tmp_path: Path) -> Path:
    """A photo of the astronaut beside a drawn face."""
    photo = load_sample("astronaut")[:256, 100:356]
    path = tmp_path / "two-faces.png"
    Image.fromarray(np.concatenate([photo, load_sample("synthetic happiness 3")], axis=1)).save(
        path
    )
    return path


def _open(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".st-key-card-b .clfer-word").first).to_be_visible()
    expect(page.locator(".st-key-card-panel .js-plotly-plot").first).to_be_attached()


def _upload(page: Page, path: Path) -> None:
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(path)


def _attention(page: Page, wanted: list[str]) -> list[str]:
    """The four weights as the chart's labels say them; waits for the wanted ones to be drawn."""
    labels = page.locator(".st-key-chart-attention .subplot.xy text")
    shown: list[str] = []
    for _ in range(100):
        texts = labels.all_text_contents()
        shown = [text for text in texts if re.fullmatch(r"[01]\.\d\d", text)]
        if shown == wanted:
            break
        page.wait_for_timeout(200)
    return shown


def test_a_photo_becomes_an_explained_expression(
    page: Page, app_address: str, pair_folder: Path, two_faces: Path
) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    _open(page, app_address)
    _upload(page, two_faces)

    second = page.get_by_role("button", name="Explain face 2")
    expect(second).to_be_visible()
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")

    expect(page.locator(".st-key-card-a .clfer-word")).to_have_text(["Sadness"])
    expect(page.locator(".st-key-card-b .clfer-word")).to_have_text(["Surprise"])
    expect(page.locator(".st-key-card-b .clfer-note")).to_contain_text(["Differs from A"])
    expect(page.locator(".st-key-chart-attention .js-plotly-plot")).to_have_count(1)
    said = predict_image(load_checkpoint(pair_folder / "ferplus-ours"), two_faces).faces[1]
    assert said.attention is not None
    shown = [f"{weight:.2f}" for weight in said.attention]
    assert _attention(page, shown) == shown

    for panel, key in (
        ("Learning intensity", "intensity-groups"),
        ("Attribution", "attribution-B"),
        ("Semantics", "semantics-B"),
    ):
        page.locator(".st-key-card-panel").get_by_text(panel, exact=True).click()
        expect(page.locator(f".st-key-plot-{key} .js-plotly-plot")).to_be_attached()
    assert "face" not in page.url.partition("?")[2]
    local = ("http://127.0.0.1", "data:", "blob:")
    assert [url for url in outside if not url.startswith(local)] == []


def test_a_text_file_called_jpg_is_one_sentence(
    page: Page, app_address: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.jpg").write_text("Not a picture at all.")
    _open(page, app_address)
    _upload(page, tmp_path / "notes.jpg")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("notes.jpg is not an image in a format that can be read")
    expect(page.locator(".st-key-card-b")).to_contain_text("use the whole image")


def test_charts_are_saved_as_png_svg_and_csv(page: Page, app_address: str) -> None:
    _open(page, app_address)
    foot = page.locator(".st-key-chart-foot-attention")
    for form, start in (("CSV", b"model,block"), ("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        foot.get_by_label("Download this chart").click()
        with page.expect_download() as download:
            foot.get_by_role("menuitem", name=form).click()
        path = Path(download.value.path())
        assert download.value.suggested_filename == f"layer-attention.{form.lower()}"
        assert path.read_bytes().startswith(start)


def test_nothing_scrolls_sideways_on_a_phone(page: Page, app_address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, app_address)
    expect(page.locator(".st-key-card-photo")).to_be_visible()
    # The narrow layout comes with a second run, so a card may be missing for a moment; nothing
    # is below NaN.
    page.wait_for_function(
        "() => { const top = (key) => document.querySelector('.st-key-' + key)"
        "?.getBoundingClientRect().top ?? NaN; return top('card-photo') < top('card-b')"
        " && top('card-b') < top('card-a'); }"
    )
    for _ in dark_then_light(page):
        wider = page.evaluate(
            "() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(e =>"
            " e.offsetWidth && e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => e.className)"
        )
        assert wider == []
