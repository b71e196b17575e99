"""Lets the browser load the code of the charts while the server still computes what they show."""

from functools import cache
from pathlib import Path

import streamlit as st

# Streamlit loads Plotly, by far its largest file, when the first chart arrives.
_FILES = Path(st.__file__).parent / "static" / "static" / "js"

_SCRIPT = """
export default function ({ data }) {
  const own = document.querySelector('script[type="module"][src*="/js/"]');
  if (!own || document.querySelector("link[data-clfer-charts]")) return;
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = new URL(data.file, own.src).href;
  link.dataset.clferCharts = "";
  document.head.append(link);
}
"""

_component = st.components.v2.component("clfer_preload", js=_SCRIPT)


def charts() -> None:
    """Start the load; without effect where this Streamlit has its charts in another file."""
    name = _chart_file()
    if name is not None:
        with st.container(key="clfer-preload"):
            _component(key="preload", data={"file": name})


@cache
def _chart_file() -> str | None:
    return next((path.name for path in _FILES.glob("PlotlyChart.*.js")), None)
