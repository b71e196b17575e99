"""Faces as a wrapping grid of buttons; the clicked one is picked for the views of one face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

import state
from clfer.data.faceset import FaceSet
from components import section, thumbnails

LIMIT = 48
"""Faces shown before a click on "Show more", and added by it."""

_HTML = """
<div class="grid" role="group"></div>
<div class="foot"><span class="rest"></span><button type="button" class="more">Show more</button>
</div>
"""

_CSS = """
:host { display: block; }
.grid { display: grid; gap: 8px; padding: 4px;
  grid-template-columns: repeat(auto-fill, minmax(86px, 1fr)); }
.grid.names { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
.face { display: flex; flex-direction: column; padding: 0; border: 0; border-radius: 9px;
  overflow: hidden; cursor: pointer; text-align: left; color: var(--st-text-color);
  background: color-mix(in srgb, var(--st-text-color) 5%, transparent);
  box-shadow: 0 0 0 1px var(--st-border-color); font: 12px/1.35 var(--st-font); }
.face:hover { box-shadow: 0 0 0 2px color-mix(in srgb, var(--st-text-color) 45%, transparent); }
.face[aria-pressed=true] { box-shadow: 0 0 0 3px var(--st-primary-color); }
.face:focus-visible, .more:focus-visible { outline: 3px solid var(--st-primary-color);
  outline-offset: 3px; }
.face img { width: 100%; aspect-ratio: 1; object-fit: cover; display: block; }
.caption { flex: 1; width: 100%; box-sizing: border-box; padding: 4px 7px 5px;
  white-space: pre-line; overflow-wrap: anywhere; }
.tinted .caption { border-top: 3px solid var(--tint);
  background: color-mix(in srgb, var(--tint) 14%, transparent); }
.name { display: block; font-weight: 600; }
.foot { display: flex; align-items: center; gap: 10px; padding: 6px 4px 2px;
  font: 13px var(--st-font); color: var(--st-text-color); }
.foot[hidden] { display: none; }
.more { font: 600 13px var(--st-font); color: var(--st-primary-color); background: none;
  border: 1px solid var(--st-border-color); border-radius: 7px; padding: 4px 10px;
  cursor: pointer; }
.more:hover { border-color: var(--st-primary-color); }
"""

# Buttons are built anew only when the faces change: a click moves neither focus nor scroll.
_SCRIPT = """
const button = (item) => {
  const face = document.createElement("button");
  face.type = "button";
  face.className = item.colour ? "face tinted" : "face";
  if (item.colour) face.style.setProperty("--tint", item.colour);
  face.dataset.name = item.name;
  face.title = item.name;
  face.ariaLabel = item.label;
  if (item.source) {
    const picture = document.createElement("img");
    picture.src = item.source;
    picture.alt = item.label;
    face.append(picture);
  }
  const caption = document.createElement("span");
  caption.className = "caption";
  if (!item.source) {
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = item.name;
    caption.append(name);
  }
  if (item.caption) caption.append(item.caption);
  if (caption.childNodes.length) face.append(caption);
  return face;
};
export default function ({ parentElement, data, setTriggerValue }) {
  const grid = parentElement.querySelector(".grid");
  const content = JSON.stringify(data.items);
  if (grid.content !== content) {
    grid.content = content;
    grid.className = data.items.some((item) => item.source) ? "grid" : "grid names";
    grid.ariaLabel = `${data.items.length} of ${data.items.length + data.more} faces`;
    grid.replaceChildren(...data.items.map(button));
  }
  for (const face of grid.children) {
    face.setAttribute("aria-pressed", face.dataset.name === data.pressed);
  }
  grid.onclick = (event) => {
    const name = event.target.closest("button")?.dataset.name;
    if (name) setTriggerValue("picked", name);
  };
  parentElement.querySelector(".foot").hidden = !data.more;
  parentElement.querySelector(".rest").textContent =
    `and ${data.more.toLocaleString("en")} more`;
  parentElement.querySelector(".more").onclick = () => setTriggerValue("more", true);
}
"""

_component = st.components.v2.component("clfer_gallery", html=_HTML, css=_CSS, js=_SCRIPT)


@dataclass(frozen=True)
class Item:
    """One button of the gallery.

    Attributes:
        name: The face's name in its data set.
        caption: What is written below it; empty for nothing.
        colour: Tint of the caption, ``#rrggbb``; empty for none.
    """

    name: str
    caption: str = ""
    colour: str = ""

    @property
    def label(self) -> str:
        """Name and caption in one line, for people who do not see the face."""
        return ", ".join([self.name, *(line for line in self.caption.split("\n") if line)])


def items(
    names: Sequence[str],
    captions: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
    limit: int = LIMIT,
) -> tuple[list[Item], int]:
    """The first ``limit`` faces as buttons, and how many more there are.

    Raises:
        ValueError: captions or colours of another length than the names.
    """
    count = len(names)
    written = [""] * count if captions is None else captions
    tints = [""] * count if colours is None else colours
    found = [Item(*item) for item in zip(names, written, tints, strict=True)]
    return found[:limit], max(0, count - limit)


def show(
    faces: FaceSet | None,
    names: Sequence[str],
    captions: Sequence[str] | None,
    key: str,
    limit: int = LIMIT,
    on_pick: Callable[[str], None] | None = None,
    colours: Sequence[str] | None = None,
) -> None:
    """Draw faces in the given order; a click makes one the face that the other views show.

    Args:
        faces: The pixels; without them, or for names they lack, the names stand alone.
        names: Names of the faces.
        captions: One for each name, lines parted by a line break; None for none.
        key: Unique on the page.
        limit: Faces shown at first; as many are added by "Show more". Only these are sent.
        on_pick: Called with the name of a clicked face, after it has become ``state.FACE``.
        colours: Tint of each caption, ``#rrggbb``; None for none.
    """
    if not names:
        section.hint("There are no such faces.")
        return
    widget, opened = f"gallery-{key}", f"gallery-{key}.opened"
    # Other faces start at the first page again.
    which, shown = st.session_state.get(opened, (None, limit))
    shown = shown if which == (content := hash((tuple(names), limit))) else limit
    drawn, more = items(names, captions, colours, shown)

    def picked() -> None:
        name = st.session_state[widget]["picked"]
        st.session_state[state.FACE] = name
        if on_pick is not None:
            on_pick(name)
        state.share()

    def opened_more() -> None:
        st.session_state[opened] = (content, shown + limit)

    _component(
        key=widget,
        data={
            "items": _sent(faces, drawn),
            "more": more,
            "pressed": st.session_state.get(state.FACE),
        },
        on_picked_change=picked,
        on_more_change=opened_more,
    )


def _sent(faces: FaceSet | None, drawn: Sequence[Item]) -> list[dict[str, Any]]:
    place = {} if faces is None else {name: i for i, name in enumerate(faces.names)}
    return [
        {
            "name": item.name,
            "caption": item.caption,
            "colour": item.colour,
            "label": item.label,
            "source": thumbnails.thumbnail(faces, place[item.name])
            if faces is not None and item.name in place
            else None,
        }
        for item in drawn
    ]
