"""The CLFER app: frame, navigation, views. Start it with ``streamlit run app/main.py``."""

import streamlit as st

from components import brand, sidebar, style, viewport
from views import face


def main() -> None:
    """Draw the frame and run the chosen view."""
    st.set_page_config(
        page_title="CLFER",
        page_icon=brand.icon(),
        layout="wide",
        initial_sidebar_state="auto",
    )
    style.inject()
    viewport.measure()
    page = st.navigation(
        {
            "Explain": [
                st.Page(
                    face.render, title="Face", icon=":material/face:", url_path="face", default=True
                )
            ]
        }
    )
    brand.logo()
    sidebar.render()
    page.run()


main()
