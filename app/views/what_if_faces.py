"""The face before and after; a click into it puts the patch there."""

import streamlit as st

import perturbed
from clfer.analysis.perturb import Perturbation, Settings
from clfer.errors import ClferError
from clfer.models.checkpoint import Checkpoint
from photos import Subject
from views import what_if_controls

_HTML = """
<div class="pair">
  <figure><img class="before" alt=""><figcaption>Clean</figcaption></figure>
  <figure><button type="button" class="put"><img class="after" alt=""></button>
    <figcaption>Perturbed; click to cover</figcaption></figure>
</div>
"""

_CSS = """
:host { display: block; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
figure { margin: 0; min-width: 0; }
img { width: 100%; aspect-ratio: 1; display: block; border-radius: 9px; object-fit: cover;
  background: color-mix(in srgb, var(--st-text-color) 6%, transparent); }
.put { display: block; width: 100%; padding: 0; border: 0; background: none; cursor: crosshair;
  border-radius: 9px; }
.put:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
figcaption { font: 13px/1.4 var(--st-font); color: var(--st-text-color); opacity: .75;
  padding-top: 5px; }
"""

# A click by the keyboard has no place; the patch then goes to the middle.
_SCRIPT = """
export default function ({ parentElement, data, setTriggerValue }) {
  const before = parentElement.querySelector(".before");
  const after = parentElement.querySelector(".after");
  const put = parentElement.querySelector(".put");
  if (before.src !== data.before) before.src = data.before;
  if (after.src !== data.after) after.src = data.after;
  before.alt = `${data.title}, clean.`;
  after.alt = data.said;
  put.ariaLabel = `${data.said} Press to put the patch in the middle, or click a place.`;
  put.onclick = (event) => {
    const box = after.getBoundingClientRect();
    const percent = (at, start, length) =>
      event.detail ? Math.round(Math.min(100, Math.max(0, 100 * (at - start) / length))) : 50;
    setTriggerValue("put", [
      percent(event.clientX, box.left, box.width), percent(event.clientY, box.top, box.height)]);
  };
}
"""

_component = st.components.v2.component("clfer_what_if", html=_HTML, css=_CSS, js=_SCRIPT)


def render(
    checkpoint: Checkpoint, subject: Subject, settings: Settings, kinds: dict[str, Perturbation]
) -> None:
    """Draw both faces, framed as the model frames them."""

    def put() -> None:
        across, down = st.session_state["what-if-face"]["put"]
        what_if_controls.put(float(across), float(down))

    try:
        before, after = perturbed.pictures(checkpoint, subject, settings)
    except ClferError:
        return  # the verdicts say what is wrong with the crop
    data = {
        "before": before,
        "after": after,
        "title": subject.photo.title,
        "said": f"{subject.photo.title}: {_said(settings, kinds)}.",
    }
    _component(key="what-if-face", data=data, on_put_change=put)


def _said(settings: Settings, kinds: dict[str, Perturbation]) -> str:
    strengths = dict(settings.strengths)
    parts = [
        f"{kind.title.lower()} {kind.said(strengths[name])}"
        for name, kind in kinds.items()
        if name in strengths
    ]
    return ", ".join(parts) or "not perturbed"
