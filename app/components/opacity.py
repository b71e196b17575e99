"""A slider for the opacity of maps over faces that works in the browser alone.

The maps of the charts it governs are made more or less transparent by a style rule, so nothing is
computed or sent anew; what is exported follows, and a chart that is drawn later obeys as well.
"""

from collections.abc import Sequence

import streamlit as st

_HTML = """
<label><span>Opacity</span><input type="range" min="0" max="100" step="5"><output></output></label>
"""

_CSS = """
:host { display: block; }
label { display: flex; flex-direction: column; gap: .28rem; position: relative; width: 190px;
  font: 400 .875rem/1.4 var(--st-font); color: var(--st-text-color); }
input { width: 100%; margin: .55rem 0; accent-color: var(--st-primary-color); cursor: pointer; }
input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 3px;
  border-radius: 4px; }
output { position: absolute; right: 0; top: 0; font-variant-numeric: tabular-nums; opacity: .75; }
"""

# The rule beats the opacity that Plotly writes into each map. Exports are drawn from the chart's
# data, which learn the value at the click that asks for them.
_SCRIPT = """
export default function ({ parentElement, data }) {
  const input = parentElement.querySelector("input");
  const output = parentElement.querySelector("output");
  const id = `clfer-opacity-${data.name}`;  // of the style rule, and in the tab's memory
  const style = document.getElementById(id) ?? document.createElement("style");
  style.id = id;
  document.head.append(style);
  const charts = data.charts.map((key) => `.st-key-chart-${key}`);
  const draw = () => {
    output.textContent = `${input.value} %`;
    const maps = charts.map((chart) => `${chart} .heatmaplayer image`).join(", ");
    style.textContent = `${maps} { opacity: ${input.value / 100} !important; }`;
  };
  const tell = () => charts.forEach((chart) => {
    const plot = document.querySelector(`${chart} .js-plotly-plot`);
    plot?.data?.forEach((trace) => {
      if (trace.type === "heatmap") trace.opacity = input.value / 100;
    });
  });
  input.value = sessionStorage.getItem(id) ?? data.start;
  input.oninput = () => {
    sessionStorage.setItem(id, input.value);
    draw();
  };
  draw();
  document.addEventListener("click", tell, true);
  return () => document.removeEventListener("click", tell, true);
}
"""

_component = st.components.v2.component("clfer_opacity", html=_HTML, css=_CSS, js=_SCRIPT)


def slider(charts: Sequence[str], start: float, key: str) -> None:
    """Draw it.

    Args:
        charts: Keys of the charts whose heat maps it governs.
        start: Opacity in [0, 1] until the reader chooses another; remembered by the browser tab.
        key: Unique on the page.
    """
    _component(
        key=f"opacity-{key}",
        data={"charts": list(charts), "start": round(100 * start), "name": key},
        width="content",
    )
