"""A thumbnail beside the pointer while it is over a point of a chart."""

import streamlit as st

from clfer.data.faceset import FaceSet
from components import thumbnails

SIDE = 96
"""Side of the thumbnail in pixels."""

# Listeners are attached when the pointer enters a chart: Streamlit may draw it anew at any time.
_SCRIPT = """
export default function ({ data }) {
  const place = new Map(data.names.map((name, i) => [name, i]));
  const box = document.createElement("div");
  box.className = "clfer-hover";
  Object.assign(box.style, {
    position: "fixed", zIndex: 1000, width: `${data.size}px`, height: `${data.size}px`,
    display: "none", pointerEvents: "none", borderRadius: "8px",
    boxShadow: "0 3px 14px rgb(0 0 0 / 35%)", backgroundImage: `url(${data.source})`,
    backgroundSize: `${data.columns * data.size}px auto`,
  });
  document.body.append(box);
  const charts = data.charts.map((key) => `.st-key-chart-${key} .js-plotly-plot`).join(",");
  const attached = new Map();
  const hide = () => { box.style.display = "none"; };
  const show = (event) => {
    const name = event.points?.[0]?.customdata;
    const i = place.get(Array.isArray(name) ? name[0] : name);
    if (i === undefined || !event.event) return hide();
    const { clientX: x, clientY: y } = event.event;
    const left = x + 18 + data.size > innerWidth ? x - 18 - data.size : x + 18;
    const top = Math.min(y + 18, innerHeight - data.size - 8);
    box.dataset.name = data.names[i];
    box.style.backgroundPosition =
      `-${(i % data.columns) * data.size}px -${Math.floor(i / data.columns) * data.size}px`;
    Object.assign(box.style, { left: `${left}px`, top: `${top}px`, display: "block" });
  };
  const enter = (event) => {
    const chart = event.target.closest?.(charts);
    if (!chart?.on || attached.has(chart)) return;
    chart.on("plotly_hover", show);
    chart.on("plotly_unhover", hide);
    attached.set(chart, true);
  };
  document.addEventListener("pointerover", enter);
  document.addEventListener("pointerdown", hide);
  return () => {
    document.removeEventListener("pointerover", enter);
    document.removeEventListener("pointerdown", hide);
    for (const chart of attached.keys()) {
      chart.removeListener?.("plotly_hover", show);
      chart.removeListener?.("plotly_unhover", hide);
    }
    box.remove();
  };
}
"""

_component = st.components.v2.component("clfer_hover", js=_SCRIPT)


def thumbnails_over(faces: FaceSet, charts: list[str], key: str) -> None:
    """Show the face behind a point while the pointer is over it.

    Args:
        faces: The pixels; points whose ``customdata`` is no name of theirs show nothing.
        charts: Keys of the charts, as given to :func:`components.chart.show`.
        key: Unique on the page.
    """
    sheet = thumbnails.sprite(faces)
    with st.container(key=f"hover-{key}", height=1, border=False):
        _component(
            key=f"hover-sheet-{key}",
            data={
                "names": list(faces.names),
                "charts": charts,
                "source": sheet.source,
                "columns": sheet.columns,
                "size": SIDE,
            },
        )
