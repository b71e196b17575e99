"""The photo with its faces as buttons, and the strip of samples below it."""

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

import state
from clfer.faces import SAMPLES, load_sample
from photos import Photo, Region

SHOWN = 900
"""Longer side in pixels of the photo that is sent to the browser."""

SMALL = 200
"""Photos of fewer pixels on their longer side are enlarged to the stage."""

_HTML = '<div class="stage"><div class="photo"></div></div><div class="strip"></div>'

_CSS = """
:host { display: block; }
.stage { height: 318px; display: grid; place-items: center; border-radius: 10px; overflow: hidden;
  background: color-mix(in srgb, var(--st-text-color) 6%, transparent); }
.photo { position: relative; display: inline-block; line-height: 0; max-width: 100%; }
.photo img { max-width: 100%; max-height: 318px; display: block; }
.photo.small img { height: 318px; }
.stage[hidden] { display: none; }
.face, .crop { position: absolute; box-sizing: border-box; border-radius: 6px; padding: 0;
  background: none; box-shadow: 0 0 0 1px rgb(0 0 0 / 45%), inset 0 0 0 1px rgb(0 0 0 / 25%); }
.face { border: 2px solid #fff; cursor: pointer; opacity: .85; transition: border-color .12s; }
.face:hover { opacity: 1; border-color: #ffd7b5; }
.face[aria-pressed=true] { border: 3px solid #f28e4b; opacity: 1; }
.face:focus-visible, .sample:focus-visible { outline: 3px solid var(--st-primary-color);
  outline-offset: 2px; }
.face span { position: absolute; left: -3px; top: -3px; transform: translateY(-100%);
  font: 700 13px/1 var(--st-font); padding: 4px 7px; border-radius: 6px 6px 6px 0; color: #10151c;
  background: #fff; }
.face.low span { top: 3px; left: 3px; transform: none; border-radius: 5px; }
.face[aria-pressed=true] span { background: #f28e4b; }
.crop { border: 2px dashed #f28e4b; pointer-events: none; }
.strip { display: flex; gap: 8px; margin-top: 10px; }
.strip:empty { display: none; }
.sample { flex: 1 1 0; min-width: 0; max-width: 72px; aspect-ratio: 1; padding: 0; border: 0;
  border-radius: 9px; overflow: hidden; cursor: pointer; background: none; opacity: .8;
  box-shadow: 0 0 0 1px var(--st-border-color); }
.sample:hover { opacity: 1; }
.sample img { width: 100%; height: 100%; object-fit: cover; display: block; }
.sample[aria-pressed=true] { opacity: 1; box-shadow: 0 0 0 3px var(--st-primary-color); }
"""

_SCRIPT = """
const place = (element, box) => {
  const [left, top, width, height] = box.map((v) => `${100 * v}%`);
  Object.assign(element.style, { left, top, width, height });
};
export default function ({ parentElement, data, setTriggerValue }) {
  const photo = parentElement.querySelector(".photo");
  const picture = document.createElement("img");
  picture.src = data.source;
  picture.alt = data.alt;
  photo.replaceChildren(picture);
  photo.classList.toggle("small", data.small);
  parentElement.querySelector(".stage").hidden = !data.stage;
  data.faces.forEach((box, i) => {
    const face = document.createElement("button");
    face.type = "button";
    face.className = box[1] < 0.1 ? "face low" : "face";
    face.title = face.ariaLabel = `Explain face ${i + 1}`;
    face.setAttribute("aria-pressed", data.chosen === `${i + 1}`);
    const label = document.createElement("span");
    label.textContent = i + 1;
    face.append(label);
    place(face, box);
    face.onclick = () => setTriggerValue("face", `${i + 1}`);
    photo.append(face);
  });
  if (data.crop) {
    const crop = document.createElement("div");
    crop.className = "crop";
    place(crop, data.crop);
    photo.append(crop);
  }
  const strip = parentElement.querySelector(".strip");
  strip.replaceChildren(...data.samples.map((sample) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sample";
    button.title = sample.title;
    button.setAttribute("aria-pressed", sample.name === data.sample);
    const thumb = document.createElement("img");
    thumb.src = sample.source;
    thumb.alt = `Sample: ${sample.name}`;
    button.append(thumb);
    button.onclick = () => setTriggerValue("sample", sample.name);
    return button;
  }));
}
"""

_component = st.components.v2.component("clfer_photo", html=_HTML, css=_CSS, js=_SCRIPT)


def show(
    photo: Photo,
    region: Region | None,
    *,
    stage: bool,
    samples: bool,
    on_face: Callable[[str], None],
    on_sample: Callable[[str], None],
) -> None:
    """Draw the photo; a click on a face or a sample calls back with its number or name.

    Args:
        photo: The photo.
        region: What is explained.
        stage: Whether the photo is shown, or the samples alone.
        samples: Whether the strip of samples is shown.
        on_face: Called with the number of a clicked face.
        on_sample: Called with the name of a clicked sample.
    """

    def face_clicked() -> None:
        on_face(st.session_state["picture"]["face"])

    def sample_clicked() -> None:
        on_sample(st.session_state["picture"]["sample"])

    height, width = photo.pixels.shape[:2]
    box = region.box if region is not None else None
    count = len(photo.faces)
    faces = "no face was found" if not count else f"{count} face{'s' * (count > 1)} found"
    data = {
        "source": state.remembered(("shown", photo.digest), lambda: jpeg(photo.pixels, SHOWN)),
        "alt": f"{photo.title}: {faces}.",
        "faces": [_fractions(face.box, width, height) for face in photo.faces],
        "chosen": region.choice if region is not None else None,
        "stage": stage,
        "small": max(height, width) < SMALL,
        "crop": None if box is None else _fractions(box, width, height),
        "samples": strip() if samples else [],
        "sample": st.session_state.get(state.SAMPLE),
    }
    _component(
        key="picture", data=data, on_face_change=face_clicked, on_sample_change=sample_clicked
    )


@st.cache_data(max_entries=1, show_spinner=False)
def strip() -> list[dict[str, str]]:
    """Name, origin and thumbnail of each sample that ships with the package."""
    return [
        {
            "name": name,
            "title": f"{name.capitalize()}. {origin}",
            "source": jpeg(_face_of(name), 120),
        }
        for name, origin in SAMPLES.items()
    ]


def _face_of(name: str) -> NDArray[np.uint8]:
    """The upper middle of a photo, where its face is; drawn samples fill their picture."""
    pixels = load_sample(name)
    side = min(256, *pixels.shape[:2])
    left = (pixels.shape[1] - side) // 2
    return pixels[:side, max(0, left - (32 if side < pixels.shape[1] else 0)) :][:, :side]


def jpeg(pixels: NDArray[np.uint8], longest: int) -> str:
    """A picture as JPEG data address, its longer side at most ``longest`` pixels."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    stream = BytesIO()
    image.save(stream, format="JPEG", quality=88)
    return "data:image/jpeg;base64," + b64encode(stream.getvalue()).decode("ascii")


def _fractions(box: tuple[float, float, float, float], width: int, height: int) -> list[float]:
    left, top, across, down = box
    return [left / width, top / height, across / width, down / height]
