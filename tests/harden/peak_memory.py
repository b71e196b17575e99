"""The largest memory that a stretch of code takes, whatever the process took before."""

import re
from pathlib import Path


class Peak:
    """Measures from its creation on; Linux alone can begin anew (Linux 4.0, proc(5))."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before = _status("VmRSS")

    def added_mb(self) -> float:
        """How far the peak since then lies above the memory at that time, in MiB."""
        return (_status("VmHWM") - self._before) / 1024


def largest_mb(pid: int) -> float:
    """The largest memory that a process took since it began, in MiB; 0 when it is gone."""
    try:
        return _status("VmHWM", str(pid)) / 1024
    except (OSError, AssertionError):  # it ended, or is about to
        return 0.0


def _status(field: str, process: str = "self") -> int:
    """A field of a process's status in KiB."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return int(found[1])
