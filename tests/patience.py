"""How long a test waits for another process or a page before it gives up.

A guard against hanging and no measure of speed: slow cores that are busy with other tests besides
have taken five times as long as a quiet machine. pyproject.toml ends a whole test later than that.
"""

PATIENCE = 600.0
"""Seconds."""

PATIENCE_MS = 1000 * PATIENCE
"""The same in milliseconds, as Playwright asks."""
