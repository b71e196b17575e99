"""All that a run has drawn reaches the browser, also when a click starts another run meanwhile.

Before a fragment runs again, Streamlit drops what the fragment has drawn and the browser has not
fetched yet, but not what fragments inside it have drawn: a panel then arrives without the column
that it stands in, and the browser, which cannot place it, shows an empty page until it is loaded
anew. That happens to whoever clicks while a page is still being drawn on a busy machine. Here
nothing is dropped; what was drawn first is drawn over an instant later.
"""

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def lose_nothing() -> None:
    """Keep from here on what waits for the browser when a fragment runs again."""
    ForwardMsgQueue.clear = _without_dropping  # type: ignore[method-assign]


def _without_dropping(
    self: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    # A run of the whole page names no fragments (None), and draws everything once more.
    dropped: list[str] | None = None if fragment_ids_this_run is None else []
    _clear(self, retain_lifecycle_msgs, dropped)
