"""A chart with its caption and its download menu."""

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from clfer.figures.chart import Chart

_MENU_HTML = """
<button type="button" class="open" title="Download this chart" aria-label="Download this chart"
  aria-haspopup="menu">
  <svg viewBox="0 0 24 24" width="17" height="17" aria-hidden="true" fill="currentColor">
    <path d="M12 15.6 7.4 11l1.3-1.3 2.4 2.4V4h1.8v8.1l2.4-2.4 1.3 1.3z"/>
    <path d="M5 20v-4.5h1.8v2.7h10.4v-2.7H19V20z"/>
  </svg>
</button>
<div role="menu" popover>
  <button type="button" role="menuitem" data-format="png">PNG</button>
  <button type="button" role="menuitem" data-format="svg">SVG</button>
  <button type="button" role="menuitem" data-format="csv">CSV</button>
</div>
"""

_MENU_CSS = """
:host { display: block; }
button { border: 0; background: none; color: var(--st-text-color); cursor: pointer; }
button:hover { background: color-mix(in srgb, var(--st-text-color) 9%, transparent); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.open { width: 28px; height: 26px; padding: 0; display: grid; place-items: center;
  border-radius: 6px; opacity: .62; }
.open:hover { opacity: 1; }
[role=menu] { inset: auto; margin: 0; padding: 4px; border-radius: 8px;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  box-shadow: 0 6px 20px rgb(0 0 0 / 18%); }
[role=menuitem] { font: 600 13px var(--st-font); border-radius: 6px; padding: 6px 10px; }
"""

# Plotly's own export is its hidden mode-bar button; the format is an option of the chart. The menu
# is a popover of the browser: it lies above everything and closes on Escape or a click elsewhere.
_MENU_SCRIPT = """
export default function ({ parentElement, data }) {
  const open = parentElement.querySelector(".open");
  const menu = parentElement.querySelector("[role=menu]");
  const save = (format) => {
    if (format === "csv") {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([data.csv], { type: "text/csv" }));
      link.download = `${data.name}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      return;
    }
    const chart = document.querySelector(`.st-key-${data.key} .js-plotly-plot`);
    if (!chart) return;
    chart._context.toImageButtonOptions = { format, filename: data.name, scale: 3 };
    chart.querySelector('.modebar-btn[data-title^="Download"]')?.click();
  };
  open.onclick = () => {
    menu.showPopover();
    const button = open.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, button.right - size.width)}px`;
    menu.style.top = `${Math.max(8, button.top - size.height - 4)}px`;
  };
  menu.querySelectorAll("button").forEach((item) => {
    item.onclick = () => { save(item.dataset.format); menu.hidePopover(); };
  });
}
"""

_menu = st.components.v2.component(
    "clfer_chart_menu", html=_MENU_HTML, css=_MENU_CSS, js=_MENU_SCRIPT
)

_CONFIG = {"displaylogo": False, "displayModeBar": True, "scrollZoom": False, "doubleClick": False}


def show(
    chart: Chart,
    key: str,
    *,
    caption: bool = True,
    select: Literal["points", "lasso"] | None = None,
    on_select: Callable[[], None] | None = None,
) -> list[Any]:
    """Draw a chart in its container.

    Args:
        chart: Figure, numbers, caption and finding.
        key: Unique on the page; the container's CSS class is ``st-key-chart-<key>``.
        caption: Whether the caption is written; charts in pairs share one.
        select: Points by a click, or by a lasso; cells of a heat map cannot be selected.
        on_select: Called before the run that a new selection causes.

    Returns:
        The ``customdata`` of the selected points.
    """
    event: Any = None
    with st.container(key=f"chart-{key}", gap=None):
        if select is None:
            st.plotly_chart(
                chart.figure, theme=None, config=_CONFIG, key=f"plot-{key}", alt=chart.alt
            )
        else:
            event = st.plotly_chart(
                chart.figure.update_layout(dragmode="lasso" if select == "lasso" else False),
                theme=None,
                config=_CONFIG,
                key=f"plot-{key}",
                alt=chart.alt,
                on_select=on_select or "rerun",
                selection_mode=select,
            )
        with st.container(
            key=f"chart-foot-{key}",
            horizontal=True,
            wrap=False,
            vertical_alignment="center",
            gap="small",
        ):
            st.html(f'<p class="clfer-caption">{chart.caption if caption else ""}</p>')
            _menu(
                key=f"menu-{key}",
                data={"csv": chart.csv(), "name": chart.name, "key": f"chart-{key}"},
                width="content",
            )
    return [] if event is None else selected(event)


def selected(event: Any) -> list[Any]:
    """The ``customdata`` of the points of a selection event, or of its session state."""
    return [point["customdata"] for point in event["selection"]["points"] if "customdata" in point]
