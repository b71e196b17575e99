"""Parts that every view uses; they draw, and compute nothing."""
