"""The CLFER app: frame, navigation, views. Start it with ``streamlit run app/main.py``."""

from collections.abc import Callable
from importlib import import_module

import streamlit as st
from streamlit.navigation.page import StreamlitPage

import cores  # noqa: F401  (before anything that imports torch)
import deliveries
import logs
import memory
import offline
import state
from components import brand, health, preload, report, sidebar, style, viewport

# Module, title and Material icon of every view, by group; the first is the start page. Written as
# a comment, since Streamlit prints a lone string of the main script on the page.
PAGES = {
    "Explain": (
        ("face", "Face", "face"),
        ("what_if", "What if", "tune"),
        ("batch", "Batch", "photo_library"),
    ),
    "Compare": (
        ("confusion", "Confusion", "grid_on"),
        ("embeddings", "Embeddings", "scatter_plot"),
        ("attention", "Attention", "layers"),
        ("semantics", "Semantics", "workspaces"),
        ("learning_intensity", "Learning intensity", "show_chart"),
    ),
    "Build": (
        ("train", "Train", "model_training"),
        ("runs", "Runs", "list_alt"),
        ("data", "Data", "database"),
        ("models", "Models", "deployed_code"),
        ("reproduce", "Reproduce", "menu_book"),
    ),
}


def main() -> None:
    """Draw the frame and run the chosen view."""
    offline.stay()
    deliveries.lose_nothing()
    memory.keep_large_blocks_apart()
    logs.install()
    with logs.run():
        _draw()


def _draw() -> None:
    st.set_page_config(
        page_title="CLFER",
        page_icon=brand.icon(),
        layout="wide",
        initial_sidebar_state="auto",
    )
    state.keep()
    style.inject()
    viewport.measure()
    preload.charts()
    page = st.navigation(_pages(), expanded=True)
    logs.enter(page.title)
    brand.logo()
    sidebar.render()
    if page.title in {title for _, title, _ in PAGES["Compare"]}:
        report.offer()
    page.run()
    health.render()
    state.share()


def _pages() -> dict[str, list[StreamlitPage]]:
    return {
        group: [
            st.Page(
                _view(module),
                title=title,
                icon=f":material/{icon}:",
                url_path=module.replace("_", "-"),
                default=module == "face",
            )
            for module, title, icon in pages
        ]
        for group, pages in PAGES.items()
    }


def _view(module: str) -> Callable[[], None]:
    """A view that is imported when it is opened: the first page does not wait for the others."""

    def render() -> None:
        import_module(f"views.{module}").render()

    return render


main()
