"""Tells the server when the page is as narrow as a phone, so that figures are laid out for it."""

import streamlit as st

import state

_SCRIPT = """
export default function ({ setStateValue, data }) {
  const query = window.matchMedia("(max-width: 700px)");
  const report = () => {
    if (query.matches !== data.narrow) setStateValue("narrow", query.matches);
  };
  report();
  query.addEventListener("change", report);
  return () => query.removeEventListener("change", report);
}
"""

_component = st.components.v2.component("clfer_viewport", js=_SCRIPT)


def measure() -> None:
    """Watch the width; a wide page, the usual case, causes no second run."""

    def remember() -> None:
        st.session_state[state.NARROW] = bool(st.session_state["viewport"].get("narrow"))

    with st.container(key="clfer-viewport"):
        _component(key="viewport", data={"narrow": state.narrow()}, on_narrow_change=remember)
