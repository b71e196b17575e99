"""The app asks nobody on the internet anything, in none of Streamlit's ways either.

When a page of another site wants to connect to the app, Streamlit looks up the addresses of this
machine, in its network and, by asking a service there, on the internet, to compare them with that
site's; it serves nobody while it waits. Here such a page is refused without asking. Pages of the
app itself are recognised before that, by their own address, wherever it is served.
"""

from streamlit import net_util


def stay() -> None:
    """Leave the look-ups out from here on; called in every run, before anything is drawn."""
    net_util.get_internal_ip = net_util.get_external_ip = _unknown


def _unknown() -> None:
    """An address of this machine: not known, as when nobody answers."""
